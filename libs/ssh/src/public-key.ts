import { createHash, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { WireReader } from './wire.js';

/** A key that a client offered. */
export interface PublicKey {
  /** As in authorized_keys: `ssh-ed25519`, `ssh-rsa`, `sk-ssh-ed25519@openssh.com`, … */
  readonly type: string;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** The key in SSH's encoding: what authorized_keys has in base64. */
  readonly blob: Uint8Array;
}

/** What a client signed with: everything of a `publickey` request but the user. */
export interface KeySignature {
  /** For RSA the hash of the signature algorithm; undefined is SHA-1, which is refused. */
  readonly hash: string | undefined;
  /** The signature without its algorithm name; ECDSA's as DER (ssh2 turns it so). */
  readonly signature: Uint8Array;
  /** What was signed. */
  readonly data: Uint8Array;
}

/** RSA keys below this are refused. */
export const MIN_RSA_BITS = 2048;
const USER_PRESENT = 0x01;

const CURVES: Readonly<Record<string, { crv: string; hash: string; bytes: number }>> = {
  nistp256: { crv: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { crv: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { crv: 'P-521', hash: 'sha512', bytes: 66 },
};

/** The fingerprint of a key blob. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The key in `blob`, or undefined if it is none that this server can verify. */
export function readPublicKey(blob: Uint8Array): PublicKey | undefined {
  const parsed = parse(blob);
  return parsed && { type: parsed.type, fingerprint: fingerprint(blob), blob: Uint8Array.from(blob) };
}

/** Whether `signed` was made with the private half of the key in `blob`. Never throws. */
export function verifySignature(blob: Uint8Array, signed: KeySignature): boolean {
  try {
    return parse(blob)?.verify(signed) ?? false;
  } catch {
    return false; // a signature of a wrong shape is a wrong signature
  }
}

interface ParsedKey {
  readonly type: string;
  verify(signed: KeySignature): boolean;
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

function readKey(type: string, reader: WireReader): Verify | undefined {
  switch (type) {
    case 'ssh-ed25519': {
      const key = ed25519Key(reader);
      return ({ data, signature }) => verify(null, data, key, signature);
    }
    case 'sk-ssh-ed25519@openssh.com': {
      const key = ed25519Key(reader);
      const application = reader.string();
      return ({ data, signature }) => {
        const signed = new WireReader(signature);
        const raw = signed.bytes(64);
        return verify(null, securityKeyData(application, signed, data), key, raw);
      };
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const { key, hash } = ecdsaKey(reader, type.slice('ecdsa-sha2-'.length));
      return ({ data, signature }) => verify(hash, data, key, signature);
    }
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const { key, hash } = ecdsaKey(reader, 'nistp256');
      const application = reader.string();
      return ({ data, signature }) => {
        const signed = new WireReader(signature);
        const raw = Buffer.concat([signed.mpint(32), signed.mpint(32)]);
        const message = securityKeyData(application, signed, data);
        return verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, raw);
      };
    }
    case 'ssh-rsa': {
      const e = reader.mpint();
      const n = reader.mpint();
      const key = jwkKey({ kty: 'RSA', e: base64url(e), n: base64url(n) });
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) return undefined;
      return ({ hash, data, signature }) => hash !== undefined && verify(hash, data, key, signature);
    }
    default:
      return undefined;
  }
}

/** What a FIDO key signs (OpenSSH's PROTOCOL.u2f): hashes around its flags and counter. Wants the user's touch. */
function securityKeyData(application: Uint8Array, signed: WireReader, data: Uint8Array): Buffer {
  const flagsAndCounter = signed.bytes(5);
  if (signed.left !== 0) throw new RangeError('signature is too long');
  if (((flagsAndCounter[0] ?? 0) & USER_PRESENT) === 0) throw new RangeError('the user was not present');
  const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  return Buffer.concat([sha256(application), flagsAndCounter, sha256(data)]);
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
