export { EXPIRED, MOVED } from './directory.js';
export type { Directory } from './directory.js';
export { keepsName } from './keeps-name.js';
export { MemoryDirectory } from './memory-directory.js';
export type { MemoryLimits } from './memory-sessions.js';
export { checkNameClaim, checkPatch, checkSession, cutReason, MAX_VERIFY, pageLimit } from './record-limits.js';
export type {
  EdgeRecord,
  Lookup,
  NameClaim,
  NameHolder,
  NameVerdict,
  NewSession,
  Owner,
  OwnerOfTokens,
  Page,
  PublicAddresses,
  SessionFilter,
  SessionPatch,
  SessionRecord,
  SessionState,
  SessionView,
  TakeoverOptions,
  TakeoverTokens,
} from './records.js';
export { oldestData } from './records.js';
export { DEFAULT_NAME_GRACE_MS, DEFAULT_TIMINGS, EDGE_RENEW_MS, RETIRED_TOKEN_MS } from './timings.js';
export type { DirectoryTimings } from './timings.js';
export { STEADY_MS, Steadiness } from './steadiness.js';
export { hashToken, hashTokens } from './token-hash.js';
export type { TokenHash } from './token-hash.js';
