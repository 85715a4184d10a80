export { KEY_TYPES, parseListedKey } from './listed-key.js';
export type { KeyType, ListedKey } from './listed-key.js';
export { fingerprint } from './fingerprint.js';
export { proofOf, readPublicKey, readSignature, verifySignature } from './public-key.js';
export type { KeySignature, Proof, PublicKey } from './public-key.js';
export { CERTIFICATE_TYPES, MAX_CERTIFICATE_BYTES, MAX_PRINCIPALS, readCertificate } from './certificate.js';
export { describeCertificate } from './certificate-rules.js';
export type { Certificate, CertificateFault } from './certificate-rules.js';
export { shown } from './key-options.js';
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
export { sshMpint, sshString, sshUint32, WireReader } from './wire.js';
