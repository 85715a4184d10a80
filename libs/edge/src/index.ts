export { JoinAttempts, PASSWORD_TRIES } from './join-attempts.js';
export type { FindOptions, TooMany } from './join-attempts.js';
export { NO_LIMITER, quotaRules } from './failure-limits.js';
export type { EdgeLimit, Quota } from './failure-limits.js';
export { ClientAddresses } from './client-addresses.js';
export { UntrustedProxies } from './untrusted-proxies.js';
export { turnedAway } from './turned-away.js';
export type { TurnedAway } from './turned-away.js';
export { COUNTED_SHARE, SHARE_OF_LIMIT } from './memory-watch.js';

export { openEdge } from './open-edge.js';
export type { Edge, EdgeParts, EdgeRoles, Transport } from './open-edge.js';
export { fingerprintLines, sshCommand, tmateConf } from './share-commands.js';
export type { OperatorDemands } from './sign-in-demands.js';
export { makeSignIns } from './sign-ins.js';
export type { EdgeSignIns } from './sign-ins.js';
export { openBackplane } from './backplane.js';
export type { BackplaneDeps, SharedBackplane } from './backplane.js';
export { eventWriter } from './event-writer.js';
