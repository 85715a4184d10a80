import type { Certificate } from './certificate-rules.js';
import { fingerprint } from './fingerprint.js';
import { readPublicKey, readSignature, verifySignature, type PublicKey } from './public-key.js';
import { sshString, WireReader } from './wire.js';

/** Largest certificate that is accepted; one with the most principals and the longest keys is smaller. */
export const MAX_CERTIFICATE_BYTES = 16_384;
/** As in OpenSSH. */
export const MAX_PRINCIPALS = 256;
/** Most critical options, and most extensions; OpenSSH knows three and six. */
export const MAX_OPTIONS = 64;

const SUFFIX = '-cert-v01@openssh.com';
/** Valid forever: a `valid before` with all bits set. */
const FOREVER = 0xffff_ffff_ffff_ffffn;
const KINDS: Readonly<Record<number, Certificate['kind']>> = { 1: 'user', 2: 'host' };

/** The fields of each plain key, and so of the certificate's own key, after its nonce. */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
};

/** The key types of certificates. Except for RSA, their algorithms have the same names. */
export const CERTIFICATE_TYPES: ReadonlyMap<string, string> = new Map(
  Object.keys(KEY_FIELDS).map((plain) => [`${plain.replace('@openssh.com', '')}${SUFFIX}`, plain]),
);

/** A certificate, as a key to sign with. */
export interface CertifiedKey extends PublicKey {
  readonly certificate: Certificate;
  /** The key in it, in its plain wire form: what signatures are verified with. */
  readonly plain: Uint8Array;
}

/**
 * The certificate in `blob` (OpenSSH's PROTOCOL.certkeys), or undefined if it is not one, is damaged, or has a wrong signature
 * of its CA. Never throws.
 */
export function readCertificate(blob: Uint8Array): CertifiedKey | undefined {
  if (blob.length > MAX_CERTIFICATE_BYTES) return undefined;
  try {
    return parse(Uint8Array.from(blob));
  } catch {
    return undefined; // not a certificate
  }
}

function parse(blob: Uint8Array): CertifiedKey | undefined {
  const reader = new WireReader(blob);
  const type = text(reader.string());
  const plainType = CERTIFICATE_TYPES.get(type);
  if (plainType === undefined) return undefined;
  reader.string(); // the nonce
  const fields = Array.from({ length: KEY_FIELDS[plainType] ?? 0 }, () => sshString(reader.string()));
  const plain = Buffer.concat([sshString(plainType), ...fields]);
  const serial = reader.uint64();
  const kind = KINDS[reader.uint32()];
  const keyId = reader.text();
  const principals = readPrincipals(reader.string());
  const [validAfter, validBefore] = [reader.uint64(), reader.uint64()];
  const criticalOptions = readOptions(reader.string());
  const extensions = new Set(readOptions(reader.string()).keys());
  reader.string(); // reserved
  const authority = Uint8Array.from(reader.string());
  const signed = blob.subarray(0, blob.length - reader.left);
  const signature = reader.string();
  if (reader.left > 0 || kind === undefined || readPublicKey(plain) === undefined) return undefined;
  if (!isSignedBy(authority, signature, signed)) return undefined;
  const certificate: Certificate = {
    kind,
    serial,
    keyId,
    principals,
    validAfter: milliseconds(validAfter),
    validBefore: validBefore === FOREVER ? Infinity : milliseconds(validBefore),
    criticalOptions,
    extensions,
    authority,
  };
  return { type, fingerprint: fingerprint(plain), blob, certificate, plain };
}

/** A plain key's signature, with an algorithm for that key; RSA only with SHA-2. A certificate cannot be a CA. */
function isSignedBy(authority: Uint8Array, signature: Uint8Array, data: Uint8Array): boolean {
  const type = readPublicKey(authority)?.type;
  const { algorithm, signature: parts } = readSignature(signature);
  const fits = type === 'ssh-rsa' ? parts.hash !== undefined : algorithm === type;
  return type !== undefined && fits && verifySignature(authority, { ...parts, data });
}

function readPrincipals(bytes: Uint8Array): string[] {
  const reader = new WireReader(bytes);
  const principals: string[] = [];
  while (reader.left > 0) {
    if (principals.length === MAX_PRINCIPALS) throw new RangeError('too many principals');
    principals.push(text(reader.string()));
  }
  return principals;
}

/** Names with their values: empty for a flag, otherwise one string. Each name may appear once. */
function readOptions(bytes: Uint8Array): Map<string, string> {
  const reader = new WireReader(bytes);
  const options = new Map<string, string>();
  while (reader.left > 0) {
    const name = text(reader.string());
    const data = new WireReader(reader.string());
    const value = data.left === 0 ? '' : text(data.string());
    if (data.left > 0 || options.has(name) || options.size === MAX_OPTIONS) throw new RangeError('damaged options');
    options.set(name, value);
  }
  return options;
}

/** Keeps the text exactly: two different texts must not look the same. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Uint8Array): string {
  const decoded = UTF8.decode(bytes);
  if (decoded.includes('\0')) throw new RangeError('a text with a NUL');
  return decoded;
}

const milliseconds = (seconds: bigint): number => Number(seconds) * 1000;
