export { EdgeSessions } from './edge-sessions.js';
export type { EdgeDeps, HostFaults, SessionLimits } from './edge-deps.js';
export type { JoinTarget, SessionTarget } from './session-finder.js';
export type { Backplane } from './backplanes.js';
export type { NameAuthority } from './name-claims.js';
