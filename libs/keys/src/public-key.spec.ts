import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPublicKey, verifySignature } from './public-key.js';
import { sshMpint, sshString, WireReader } from './wire.js';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const decode = (part: string | undefined): Buffer => Buffer.from(part ?? '', 'base64url');
const data = Buffer.from('session id and request');

function pointOf(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), decode(x), decode(y)]);
}

/** What a security key answers: the signed message holds hashes around its flags and counter. */
function touched(application: string, flags: number): { message: Buffer; suffix: Buffer } {
  const suffix = Buffer.from([flags, 0, 0, 0, 42]);
  return { message: Buffer.concat([sha256(Buffer.from(application)), suffix, sha256(data)]), suffix };
}

describe('security keys', () => {
  const ed25519 = generateKeyPairSync('ed25519');
  const raw = decode(ed25519.publicKey.export({ format: 'jwk' }).x);
  const sk = Buffer.concat([sshString('sk-ssh-ed25519@openssh.com'), sshString(raw), sshString('ssh:')]);
  const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const skEcdsa = Buffer.concat([
    sshString('sk-ecdsa-sha2-nistp256@openssh.com'),
    sshString('nistp256'),
    sshString(pointOf(ecdsa.publicKey)),
    sshString('ssh:'),
  ]);

  it('sk-ssh-ed25519: verified with its flags and counter, and only if it was touched', () => {
    for (const [flags, expected] of [
      [1, true],
      [0, false],
    ] as const) {
      const { message, suffix } = touched('ssh:', flags);
      const signature = Buffer.concat([sign(null, message, ed25519.privateKey), suffix]);
      expect(verifySignature(sk, { hash: undefined, signature, data })).toBe(expected);
    }
    expect(readPublicKey(sk)?.type).toBe('sk-ssh-ed25519@openssh.com');
  });

  it('sk-ecdsa: the same', () => {
    const { message, suffix } = touched('ssh:', 5);
    const pair = sign('sha256', message, { key: ecdsa.privateKey, dsaEncoding: 'ieee-p1363' });
    const signature = Buffer.concat([sshMpint(pair.subarray(0, 32)), sshMpint(pair.subarray(32)), suffix]);
    expect(verifySignature(skEcdsa, { hash: undefined, signature, data })).toBe(true);
    const changed = Buffer.from(signature);
    changed[changed.length - 1] = 43;
    expect(verifySignature(skEcdsa, { hash: undefined, signature: changed, data })).toBe(false);
    expect(verifySignature(skEcdsa, { hash: undefined, signature, data: Buffer.from('other') })).toBe(false);
  });
});

it('an RSA key whose exponent makes it expensive to verify is refused', () => {
  const { n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const rsa = (e: Uint8Array): Buffer => Buffer.concat([sshString('ssh-rsa'), sshMpint(e), sshMpint(decode(n))]);
  expect(readPublicKey(rsa(Buffer.of(1, 0, 1)))?.type).toBe('ssh-rsa');
  expect(readPublicKey(rsa(Buffer.alloc(5, 1)))).toBeUndefined();
});

describe('readPublicKey', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(decode(publicKey.export({ format: 'jwk' }).x))]);
  const signature = sign(null, data, privateKey);

  it('keeps its own copy of the key', () => {
    const borrowed = Buffer.from(blob);
    const key = readPublicKey(borrowed);
    borrowed.fill(0);
    expect(Buffer.from(key?.blob ?? []).equals(blob)).toBe(true);
  });

  it('knows no certificates, no DSA and no trailing bytes', () => {
    for (const other of [
      Buffer.concat([sshString('ssh-ed25519-cert-v01@openssh.com'), blob]),
      Buffer.concat([sshString('ssh-dss'), sshMpint(Buffer.of(1))]),
      Buffer.concat([blob, Buffer.of(0)]),
      Buffer.concat([sshString('ecdsa-sha2-nistp256'), sshString('nistp384'), sshString(Buffer.alloc(97, 4))]),
      Buffer.alloc(0),
    ]) {
      expect(readPublicKey(other)).toBeUndefined();
    }
  });

  it('believes no changed key, signature or data, and never throws', () => {
    expect(verifySignature(blob, { hash: undefined, signature, data })).toBe(true);
    const flip = fc.tuple(fc.constantFrom('blob', 'signature', 'data'), fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(flip, ([what, at, mask]) => {
        const parts = { blob: Buffer.from(blob), signature: Buffer.from(signature), data: Buffer.from(data) };
        const part = parts[what];
        const index = at % part.length;
        part[index] = (part[index] ?? 0) ^ mask;
        expect(verifySignature(parts.blob, { hash: undefined, ...parts })).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(verifySignature(bytes, { hash: 'sha256', signature, data })).toBe(false);
      }),
    );
  });
});

describe('the wire types', () => {
  it('mpint: one zero in front of a set sign bit, none elsewhere, and back', () => {
    expect([...sshMpint(Buffer.of(0, 0, 0x80))]).toEqual([0, 0, 0, 2, 0, 0x80]);
    expect([...sshMpint(Buffer.of(0x7f))]).toEqual([0, 0, 0, 1, 0x7f]);
    expect([...sshMpint(Buffer.of(0))]).toEqual([0, 0, 0, 0]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (value) => {
        expect([...new WireReader(sshMpint(value)).mpint(32)]).toEqual([...value]);
      }),
    );
  });

  it('a reader never goes past its end', () => {
    expect(() => new WireReader(Buffer.of(0, 0, 0, 9, 1)).string()).toThrow(RangeError);
    expect(() => new WireReader(Buffer.of(0, 0)).uint32()).toThrow(RangeError);
  });
});
