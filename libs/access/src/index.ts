export { isNamePart, mintToken, mintTokens, parseJoinKey, TOKEN_ALPHABET, TOKEN_LENGTH } from './tokens/tokens.js';
export type { JoinKey, RandomSource, TokenPair } from './tokens/tokens.js';
export { HOST_SECRET_PREFIX, HostSecrets } from './tokens/host-secrets.js';
export { ReconnectionSigner } from './tokens/reconnection-data.js';
export type { ReconnectionData } from './tokens/reconnection-data.js';
export { MAX_KEY_TEXT } from './policy/key-list.js';
export { OPEN_POLICY, PolicyBuilder, readPolicy, writePolicy } from './policy/session-policy.js';
export type { SessionPolicy } from './policy/session-policy.js';
export { changedRights, rightsInWords } from './policy/rights-in-words.js';
export type { RightsInWords } from './policy/rights-in-words.js';
export type { SessionRules } from './policy/tmate-set-options.js';
export { HostPolicy } from './policy/host-policy.js';
export type { HostPolicyDeps, KeyFinder } from './policy/host-policy.js';
export { hashPassword, isPassword } from './policy/password.js';
export { parseDuration } from './policy/durations.js';
export {
  approvalUser,
  isApproval,
  LINK_PREFIX,
  linkSecret,
  mintApprovalCode,
  parseApproval,
  parseLink,
} from './tokens/approvals.js';
export type { Approval } from './tokens/approvals.js';
export { sourceParts } from './policy/key-sources.js';
export { asksForNames, checkNames, NO_NAMES, withNameOption } from './policy/name-request.js';
export type { NameRequest } from './policy/name-request.js';
export { forText, orderIn, readOrder } from './policy/tmate-set-orders.js';
export type { Order, OrderName, WrittenOrder } from './policy/tmate-set-orders.js';
export type { SessionLock } from './policy/session-lock.js';
export { current, KICK_MS, lift, MAX_SENT_AWAY, personText, readPerson, withSentAway } from './policy/sent-away.js';
export type { Lifting, Person, SentAway } from './policy/sent-away.js';
export {
  admit,
  approvalsNeeded,
  changesWithTime,
  invitationOf,
  isModerator,
  isSignedOut,
  lacks,
  mayStay,
  provenIdentity,
  STAY_FAULTS,
} from './admission/admit.js';
export type { Admission, AdmissionPolicy, AdmissionRequest, Proofs, Refusal, StayFault } from './admission/admit.js';
export { boundedText, MAX_GROUPS, MAX_PERSON_NAME_BYTES, personId } from './admission/identity.js';
export type { Identity, SignInMark } from './admission/identity.js';
export { readSignOuts, SignOuts, writeSignOuts } from './policy/sign-outs.js';
export type { SignOut } from './policy/sign-outs.js';
export {
  mayHost,
  mayOperate,
  NO_POLICY,
  readOperatorPolicy,
  requirementsInWords,
  rulesFor,
} from './policy/operator-policy.js';
export type { OperatorPolicy } from './policy/operator-policy.js';
export { NO_REQUIREMENTS } from './policy/operator-rules.js';
export {
  lockWhoText,
  MAX_PERSON_LOCKS,
  MAX_REASON_BYTES,
  PersonLocks,
  readLockWho,
  readPersonLocks,
  writePersonLocks,
} from './policy/operator-locks.js';
export type { LockFacts, LockWho, PersonLock } from './policy/operator-locks.js';
export { stricter } from './policy/stricter.js';
export type { OperatorRules, Requirements } from './policy/operator-rules.js';
export {
  hashInvitation,
  MAX_INVITATIONS,
  MAX_USES,
  mintInvitation,
  sessionOfInvitation,
  withInvitation,
  withUse,
} from './policy/invitations.js';
export type { Invitation } from './policy/invitations.js';
export type { AllowedWho, AllowRule, May } from './policy/allow.js';
export { decodeProofs, encodeProofs } from './admission/proofs-record.js';
export type { CarriedProofs } from './admission/proofs-record.js';
export { shownKeys, shownPerson } from './admission/shown-keys.js';
export type { ShownKeys, ShownPerson } from './admission/shown-keys.js';
export { checkHostPolicy, hostingFault } from './admission/hosting.js';
export { keptBy, knownBy, mayStill } from './admission/known-by.js';
export { refusalText } from './admission/refusal-text.js';
export type { Limiter, LimitVerdict, PenaltyRule } from './limits/limiter.js';
export { FleetLimiter } from './limits/fleet-limiter.js';
export { MemoryLimiter } from './limits/memory-limiter.js';
export { toNextStep } from './tokens/equal-time.js';
export { exceededText } from './limits/quota.js';
export type {
  Exceeded,
  FlowRule,
  LevelRule,
  QuotaRule,
  QuotaRules,
  QuotaScope,
  QuotaStore,
  QuotaWho,
} from './limits/quota.js';
export { HELD_LEASE_MS, isExceeded, Quotas, SETTLE_MS } from './limits/quotas.js';
export type { Meter, Stay } from './limits/quotas.js';
export { MemoryQuotaStore } from './limits/memory-quota-store.js';
