export { JoinAttempts, PASSWORD_TRIES, REFUSAL_STEP_MS } from './join-attempts.js';
export type { FindOptions, TooMany } from './join-attempts.js';
export { EDGE_LIMITS, quotaRules } from './limits.js';
export type { EdgeLimit, Quota } from './limits.js';
export { ClientAddresses } from './client-addresses.js';
export { UntrustedProxies } from './untrusted-proxies.js';
export { turnedAway } from './turned-away.js';
export type { TurnedAway } from './turned-away.js';
export { EdgeLife } from './edge-life.js';
export { BackplaneModule } from './backplane.module.js';
export { EdgeModule } from './edge.module.js';
export type { Transport } from './edge.module.js';
export { sessionObserver } from './session-observer.js';
export { joinCommands, sshCommand, tmateConf, webLink } from './share-commands.js';
export { openBackplane } from './backplane.js';
export type { BackplaneDeps, SharedBackplane } from './backplane.js';
export { eventWriter } from './event-writer.js';
export {
  JOIN_ATTEMPTS,
  BACKPLANE,
  DIRECTORY,
  CLIENT_ADDRESSES,
  HOST_KEYS,
  QUOTAS,
  REFUSALS,
  SESSIONS,
  TURNED_AWAY,
} from './tokens.js';
