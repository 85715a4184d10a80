export {
  isNamePart,
  mintToken,
  mintTokens,
  parseJoinKey,
  READER_PREFIX,
  TOKEN_ALPHABET,
  TOKEN_LENGTH,
} from './tokens.js';
export type { JoinKey, RandomSource, TokenPair } from './tokens.js';
export { ReconnectionSigner } from './reconnection-data.js';
export type { ReconnectionData } from './reconnection-data.js';
export { addressKey, plainAddress } from './address.js';
export { AddressRanges, inCidrs, isCidr, PRIVATE_RANGES } from './address-ranges.js';
export { fingerprint, KEY_TYPES, parsePublicKey } from './public-key.js';
export type { KeyType, PublicKey } from './public-key.js';
export { describeCertificate } from './certificate.js';
export type { Certificate, CertificateFault } from './certificate.js';
export type { KeyOptions } from './key-options.js';
export {
  admits,
  isVouchedFor,
  MAX_KEY_LINE,
  MAX_KEYS,
  parseAuthorizedKey,
  parseAuthorizedKeys,
} from './authorized-keys.js';
export type { AuthorizedKey, KeyFault, KeyVerdict, OfferedKey, ParsedLine } from './authorized-keys.js';
export { MAX_KEY_TEXT, OPEN_POLICY, PolicyBuilder, readPolicy, writePolicy } from './session-policy.js';
export type { SessionPolicy } from './session-policy.js';
export { changedRights, rightsInWords } from './rights-in-words.js';
export type { RightsInWords } from './rights-in-words.js';
export { WISH_NAMES } from './host-wishes.js';
export type { SessionRules } from './host-wishes.js';
export { HostPolicy } from './host-policy.js';
export type { HostPolicyDeps, KeyFinder } from './host-policy.js';
export { hashPassword, isPassword, MAX_PASSWORD_BYTES } from './password.js';
export { parseDuration } from './durations.js';
export { approvalUser, isApproval, mintApprovalCode, parseApproval } from './approvals.js';
export type { Approval } from './approvals.js';
export { keySource, sourceParts } from './key-sources.js';
export { asksForNames, checkNames, NAME_RULE, NO_NAMES, withNameOption } from './name-wish.js';
export type { NameWish } from './name-wish.js';
export { checkHostPolicy, mayHost, mayJoin, refusalText } from './admission.js';
export type { Admission, Refusal } from './admission.js';
export { penaltyMs } from './limiter.js';
export type { Limiter, LimitRule, LimitRules, LimitVerdict } from './limiter.js';
export { FleetLimiter } from './fleet-limiter.js';
export { MemoryLimiter } from './memory-limiter.js';
export { toNextStep } from './equal-time.js';
export { exceededText, QUOTA_SCOPES } from './quota.js';
export type {
  Exceeded,
  FlowRule,
  LevelRule,
  QuotaRule,
  QuotaRules,
  QuotaScope,
  QuotaStore,
  QuotaWho,
} from './quota.js';
export { HELD_LEASE_MS, isExceeded, Quotas, SETTLE_MS } from './quotas.js';
export type { Meter, Stay } from './quotas.js';
export { MemoryQuotaStore } from './memory-quota-store.js';
export { clientAddress } from './client-address.js';
export type { ForwardedHeader, ForwardedRequest, ForwardedTrust } from './client-address.js';
export { AccessList, barredText } from './access-list.js';
export type { Barred } from './access-list.js';
