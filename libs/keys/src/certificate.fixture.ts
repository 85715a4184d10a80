/** For specs: makes certificates of any shape, valid or not. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { sshMpint, sshString, sshUint32 } from './wire.js';

const decode = (part: string | undefined): Buffer => Buffer.from(part ?? '', 'base64url');

/** A key pair with what SSH makes of it. */
export interface TestKey {
  readonly type: string;
  /** The public key's fields after its type. */
  readonly fields: Buffer;
  readonly blob: Buffer;
  /** A signature in its frame. */
  sign(data: Uint8Array, algorithm?: string): Buffer;
}

function testKey(type: string, fields: Buffer, signed: TestKey['sign']): TestKey {
  return { type, fields, blob: Buffer.concat([sshString(type), fields]), sign: signed };
}

export function ed25519Key(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const fields = sshString(decode(publicKey.export({ format: 'jwk' }).x));
  return testKey('ssh-ed25519', fields, (data, algorithm = 'ssh-ed25519') =>
    Buffer.concat([sshString(algorithm), sshString(sign(null, data, privateKey))]),
  );
}

export function rsaKey(bits = 2048): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const hash: Readonly<Record<string, string>> = {
    'ssh-rsa': 'sha1',
    'rsa-sha2-256': 'sha256',
    'rsa-sha2-512': 'sha512',
  };
  const fields = Buffer.concat([sshMpint(decode(e)), sshMpint(decode(n))]);
  return testKey('ssh-rsa', fields, (data, algorithm = 'rsa-sha2-512') =>
    Buffer.concat([sshString(algorithm), sshString(sign(hash[algorithm] ?? 'sha256', data, privateKey))]),
  );
}

export function ecdsaKey(bits: 256 | 384 | 521 = 256): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: `P-${bits}` });
  const point = pointOf(publicKey);
  const type = `ecdsa-sha2-nistp${bits}`;
  const fields = Buffer.concat([sshString(`nistp${bits}`), sshString(point)]);
  return testKey(type, fields, (data, algorithm = type) => {
    const pair = sign(`sha${bits === 521 ? 512 : bits}`, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const half = pair.length / 2;
    const value = Buffer.concat([sshMpint(pair.subarray(0, half)), sshMpint(pair.subarray(half))]);
    return Buffer.concat([sshString(algorithm), sshString(value)]);
  });
}

/** The flags of a security key in a signature: 1 for a touch, 4 for a PIN or fingerprint. */
export const SK_FLAGS = { none: 0, touched: 1, verified: 5 } as const;

/** A security key that answers with these flags. */
export function securityKey(kind: 'ed25519' | 'ecdsa', flags: number): TestKey {
  const inner = kind === 'ed25519' ? ed25519Key() : ecdsaKey();
  const type = kind === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const fields = Buffer.concat([inner.fields, sshString('ssh:')]);
  const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  return testKey(type, fields, (data, algorithm = type) => {
    const suffix = Buffer.from([flags, 0, 0, 0, 42]);
    const signed = inner.sign(Buffer.concat([sha256(Buffer.from('ssh:')), suffix, sha256(data)]));
    const value = signed.subarray(4 + Buffer.byteLength(inner.type));
    return Buffer.concat([sshString(algorithm), value, suffix]);
  });
}

function pointOf(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), decode(x), decode(y)]);
}

/** What to put into a certificate; by default a user certificate for ann, valid forever. */
export interface CertificateText {
  readonly type?: string;
  readonly kind?: number;
  readonly keyId?: string | Uint8Array;
  readonly principals?: readonly (string | Uint8Array)[];
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  /** Names and values; an undefined value is a flag. */
  readonly criticalOptions?: readonly (readonly [string, string | undefined])[];
  readonly extensions?: readonly string[];
  /** Instead of the CA's own key and algorithm. */
  readonly authority?: Uint8Array;
  readonly algorithm?: string;
}

const optionText = ([name, value]: readonly [string, string | undefined]): Buffer =>
  Buffer.concat([sshString(name), sshString(value === undefined ? '' : sshString(value))]);

function uint64(value: bigint): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(value);
  return out;
}

/** The wire form of `key`'s certificate by `ca` (OpenSSH's PROTOCOL.certkeys). */
export function certify(key: TestKey, ca: TestKey, text: CertificateText = {}): Buffer {
  const { principals = ['ann'], criticalOptions = [], extensions = ['permit-pty'] } = text;
  const signed = Buffer.concat([
    sshString(text.type ?? `${key.type.replace('@openssh.com', '')}-cert-v01@openssh.com`),
    sshString(Buffer.alloc(32, 9)),
    key.fields,
    uint64(7n),
    sshUint32(text.kind ?? 1),
    sshString(text.keyId ?? 'ann@example'),
    sshString(Buffer.concat(principals.map(sshString))),
    uint64(text.validAfter ?? 0n),
    uint64(text.validBefore ?? 2n ** 64n - 1n),
    sshString(Buffer.concat(criticalOptions.map(optionText))),
    sshString(Buffer.concat(extensions.map((name) => optionText([name, undefined])))),
    sshString(''),
    sshString(text.authority ?? ca.blob),
  ]);
  return Buffer.concat([signed, sshString(ca.sign(signed, text.algorithm))]);
}
