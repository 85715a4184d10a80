import { createHash, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Certificate } from './certificate-rules.js';
import { fingerprint } from './fingerprint.js';
import { rsaFault } from './rsa-limits.js';
import { WireReader } from './wire.js';

/** A key that a client offered, or its certificate. */
export interface PublicKey {
  /** As in authorized_keys: `ssh-ed25519`, `ssh-rsa`, `sk-ssh-ed25519@openssh.com`, `ssh-ed25519-cert-v01@openssh.com`, … */
  readonly type: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it: a certificate's is that of the key in it. */
  readonly fingerprint: string;
  /** The key in SSH's encoding: what authorized_keys has in base64. For a certificate, the whole certificate. */
  readonly blob: Uint8Array;
  /** What the certificate says; its CA's signature was verified. */
  readonly certificate?: Certificate;
  /** If there is a signature: whether a security key says in it that it verified its user. */
  readonly userVerified?: boolean;
}

/** What a client signed with: everything of a `publickey` request but the user. */
export interface KeySignature {
  /** For RSA the hash of the signature algorithm; undefined is SHA-1, which is refused. */
  readonly hash: string | undefined;
  /** The signature without its algorithm name; for ECDSA as DER (ssh2 converts it). */
  readonly signature: Uint8Array;
  /** What was signed. */
  readonly data: Uint8Array;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

const CURVES: Readonly<Record<string, { crv: string; hash: string; bytes: number }>> = {
  nistp256: { crv: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { crv: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { crv: 'P-521', hash: 'sha512', bytes: 66 },
};

/** The key in `blob`, or undefined if this server cannot verify signatures of it. Not for certificates. */
export function readPublicKey(blob: Uint8Array): PublicKey | undefined {
  const parsed = parse(blob);
  return parsed && { type: parsed.type, fingerprint: fingerprint(blob), blob: Uint8Array.from(blob) };
}

/** What a valid signature also says. */
export interface Proof {
  /** The security key verified its user; a touch is not enough. */
  readonly userVerified: boolean;
}

/** What `signed` proves, if it was made with the private key of the key in `blob`; otherwise undefined. Never throws. */
export function proofOf(blob: Uint8Array, signed: KeySignature): Proof | undefined {
  try {
    return parse(blob)?.verify(signed);
  } catch {
    return undefined; // a malformed signature is a wrong signature
  }
}

/** Whether `signed` was made with the private key of the key in `blob`. Never throws. */
export function verifySignature(blob: Uint8Array, signed: KeySignature): boolean {
  return proofOf(blob, signed) !== undefined;
}

/** A signature in SSH's form: the name of its algorithm, then the signature itself (RFC 4253 6.6). */
export interface WireSignature {
  readonly algorithm: string;
  /** The arguments of `proofOf`, without what was signed. */
  readonly signature: Omit<KeySignature, 'data'>;
}

/** Splits a signature into its parts. Throws a RangeError if it is not a signature. */
export function readSignature(bytes: Uint8Array): WireSignature {
  const reader = new WireReader(bytes);
  const algorithm = reader.text();
  const value = reader.string();
  // A security key's flags and counter follow.
  const rest = reader.bytes(reader.left);
  if (algorithm.startsWith('sk-') !== rest.length > 0) throw new RangeError('signature of a wrong length');
  const hash = RSA_HASHES[algorithm];
  if (!algorithm.startsWith('ecdsa-'))
    return { algorithm, signature: { hash, signature: Buffer.concat([value, rest]) } };
  const pair = new WireReader(value);
  const der = derSequence(pair.string(), pair.string());
  if (pair.left > 0) throw new RangeError('signature is too long');
  return { algorithm, signature: { hash, signature: der } };
}

/** 521 bits; two numbers with their frames take less than 256 bytes. */
const MAX_INTEGER_BYTES = 67;
/** `ssh-rsa`, which uses SHA-1, is not listed: it is refused. */
const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };

/** Two integers of ECDSA's sizes, in the encoding of X.690. */
function derSequence(...integers: readonly Buffer[]): Buffer {
  if (integers.some(({ length }) => length > MAX_INTEGER_BYTES)) throw new RangeError('integer is too long');
  const items = Buffer.concat(integers.flatMap((bytes) => [Buffer.of(2, bytes.length), bytes]));
  return Buffer.concat([
    items.length < 0x80 ? Buffer.of(0x30, items.length) : Buffer.of(0x30, 0x81, items.length),
    items,
  ]);
}

interface ParsedKey {
  readonly type: string;
  verify(signed: KeySignature): Proof | undefined;
}

function parse(blob: Uint8Array): ParsedKey | undefined {
  try {
    const reader = new WireReader(blob);
    const type = reader.text();
    const key = readKey(type, reader);
    return key !== undefined && reader.left === 0 ? { type, verify: key } : undefined;
  } catch {
    return undefined; // not a key
  }
}

type Verify = ParsedKey['verify'];

const PRESENT: Proof = { userVerified: false };
const proven = (isRight: boolean, proof = PRESENT): Proof | undefined => (isRight ? proof : undefined);

function readKey(type: string, reader: WireReader): Verify | undefined {
  switch (type) {
    case 'ssh-ed25519': {
      const key = ed25519Key(reader);
      return ({ data, signature }) => proven(verify(null, data, key, signature));
    }
    case 'sk-ssh-ed25519@openssh.com': {
      const key = ed25519Key(reader);
      const application = reader.string();
      return ({ data, signature }) => {
        const signed = new WireReader(signature);
        const raw = signed.bytes(64);
        const { message, proof } = securityKeyData(application, signed, data);
        return proven(verify(null, message, key, raw), proof);
      };
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const { key, hash } = ecdsaKey(reader, type.slice('ecdsa-sha2-'.length));
      return ({ data, signature }) => proven(verify(hash, data, key, signature));
    }
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const { key, hash } = ecdsaKey(reader, 'nistp256');
      const application = reader.string();
      return ({ data, signature }) => {
        const signed = new WireReader(signature);
        const raw = Buffer.concat([signed.mpint(32), signed.mpint(32)]);
        const { message, proof } = securityKeyData(application, signed, data);
        return proven(verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, raw), proof);
      };
    }
    case 'ssh-rsa': {
      const e = reader.mpint();
      const n = reader.mpint();
      if (rsaFault(e, n) !== undefined) return undefined;
      const key = jwkKey({ kty: 'RSA', e: base64url(e), n: base64url(n) });
      return ({ hash, data, signature }) => proven(hash !== undefined && verify(hash, data, key, signature));
    }
    default:
      return undefined;
  }
}

/** What a FIDO key signs (OpenSSH's PROTOCOL.u2f): hashes around its flags and counter. Wants the user's touch. */
function securityKeyData(
  application: Uint8Array,
  signed: WireReader,
  data: Uint8Array,
): { message: Buffer; proof: Proof } {
  const flagsAndCounter = signed.bytes(5);
  const flags = flagsAndCounter[0] ?? 0;
  if (signed.left !== 0) throw new RangeError('signature is too long');
  if ((flags & USER_PRESENT) === 0) throw new RangeError('the user was not present');
  const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  const message = Buffer.concat([sha256(application), flagsAndCounter, sha256(data)]);
  return { message, proof: { userVerified: (flags & USER_VERIFIED) !== 0 } };
}

function ed25519Key(reader: WireReader): KeyObject {
  return jwkKey({ kty: 'OKP', crv: 'Ed25519', x: base64url(reader.string()) });
}

function ecdsaKey(reader: WireReader, curveName: string): { key: KeyObject; hash: string } {
  const curve = CURVES[curveName];
  const named = reader.text();
  const point = new WireReader(reader.string());
  if (curve === undefined || named !== curveName || point.bytes(1)[0] !== 4) throw new RangeError('unknown point');
  const x = point.bytes(curve.bytes);
  const y = point.bytes(curve.bytes);
  return { key: jwkKey({ kty: 'EC', crv: curve.crv, x: base64url(x), y: base64url(y) }), hash: curve.hash };
}

const jwkKey = (key: JsonWebKey): KeyObject => createPublicKey({ key, format: 'jwk' });
const base64url = (bytes: Buffer): string => bytes.toString('base64url');
