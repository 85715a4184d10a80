import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certify, ecdsaKey, ed25519Key, rsaKey, securityKey, SK_FLAGS, type CertificateText } from '#keys/fixtures';
import { CERTIFICATE_TYPES, fingerprint, MAX_CERTIFICATE_BYTES, readCertificate, sshString } from '#keys';
import { readOffer } from './key-offer.js';
import { temporaryDirectory } from './ssh.fixture.js';

const ca = ed25519Key();
const key = ed25519Key();
const rsa = rsaKey();
const made = (text: CertificateText = {}) => readCertificate(certify(key, ca, text));
const refused = (text: CertificateText): void => expect(made(text)).toBeUndefined();

describe('readCertificate', () => {
  it('reads what its authority said', () => {
    const blob = certify(key, ca, {
      principals: ['ann', 'größe'],
      validAfter: 1_700_000_000n,
      validBefore: 1_800_000_000n,
      criticalOptions: [
        ['source-address', '10.0.0.0/8'],
        ['verify-required', undefined],
      ],
      extensions: ['permit-pty', 'permit-user-rc'],
    });
    expect(readCertificate(blob)).toMatchObject({
      type: 'ssh-ed25519-cert-v01@openssh.com',
      fingerprint: fingerprint(key.blob),
      blob: Uint8Array.from(blob),
      certificate: {
        kind: 'user',
        serial: 7n,
        keyId: 'ann@example',
        principals: ['ann', 'größe'],
        validAfter: 1_700_000_000_000,
        validBefore: 1_800_000_000_000,
        criticalOptions: new Map([
          ['source-address', '10.0.0.0/8'],
          ['verify-required', ''],
        ]),
        extensions: new Set(['permit-pty', 'permit-user-rc']),
        authority: Uint8Array.from(ca.blob),
      },
    });
  });

  it('knows one for hosts, and one that is valid forever', () => {
    expect(made({ kind: 2 })?.certificate).toMatchObject({ kind: 'host', validAfter: 0, validBefore: Infinity });
    expect(made({ principals: [], extensions: [] })?.certificate).toMatchObject({
      principals: [],
      extensions: new Set(),
    });
  });

  it('keeps its own copy', () => {
    const borrowed = certify(key, ca);
    const read = readCertificate(borrowed);
    const before = Buffer.from(read?.blob ?? []);
    borrowed.fill(0);
    expect(before.equals(Buffer.from(read?.blob ?? []))).toBe(true);
    expect(Buffer.from(read?.certificate.authority ?? []).equals(ca.blob)).toBe(true);
  });

  it.each([
    ['ECDSA 256', ecdsaKey(256)],
    ['ECDSA 384', ecdsaKey(384)],
    ['ECDSA 521', ecdsaKey(521)],
    ['RSA', rsa],
  ])('takes keys and authorities of %s', (_, other) => {
    expect(readCertificate(certify(other, ca))?.fingerprint).toBe(fingerprint(other.blob));
    expect(readCertificate(certify(key, other))?.certificate.authority).toEqual(Uint8Array.from(other.blob));
  });

  it('takes RSA authorities that sign by SHA-2, not by SHA-1', () => {
    expect(readCertificate(certify(key, rsa, { algorithm: 'rsa-sha2-256' }))).toBeDefined();
    expect(readCertificate(certify(key, rsa, { algorithm: 'ssh-rsa' }))).toBeUndefined();
    expect(readCertificate(certify(key, rsaKey(1024)))).toBeUndefined();
    // By a right signature under a wrong name.
    expect(readCertificate(certify(key, ca, { algorithm: 'rsa-sha2-512' }))).toBeUndefined();
    expect(readCertificate(certify(key, ca, { algorithm: 'ssh-ed25519-cert-v01@openssh.com' }))).toBeUndefined();
  });

  it('takes no certificate for an authority', () => {
    refused({ authority: certify(ca, ed25519Key()) });
    refused({ authority: sshString('') });
    refused({ authority: ed25519Key().blob });
  });

  it('refuses what is no certificate that OpenSSH would make', () => {
    refused({ type: 'ssh-ed25519-cert-v00@openssh.com' });
    refused({ type: 'ecdsa-sha2-nistp256-cert-v01@openssh.com' });
    refused({ type: 'ssh-rsa-cert-v01@openssh.com' });
    for (const kind of [0, 3]) refused({ kind });
    refused({ principals: [Buffer.of(0xff)] });
    refused({ principals: ['a\0b'] });
    refused({
      criticalOptions: [
        ['source-address', '10.0.0.1'],
        ['source-address', '::/0'],
      ],
    });
    expect(readCertificate(key.blob)).toBeUndefined();
    expect(readCertificate(Buffer.concat([certify(key, ca), Buffer.of(0)]))).toBeUndefined();
  });

  it('tells texts apart that only look the same', () => {
    expect(made({ principals: ['\ufeffann'] })?.certificate.principals).toEqual(['\ufeffann']);
  });

  it('has limits', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `x${n}`);
    expect(made({ principals: names(256) })).toBeDefined();
    refused({ principals: names(257) });
    expect(made({ extensions: names(64) })).toBeDefined();
    refused({ extensions: names(65) });
    expect(made({ keyId: 'x'.repeat(10_000) })).toBeDefined();
    refused({ keyId: 'x'.repeat(MAX_CERTIFICATE_BYTES) });
  });

  it('believes no certificate with a bit changed, cut or grown, and never throws', () => {
    const whole = [certify(key, ca), certify(ecdsaKey(), rsa), certify(rsa, ecdsaKey(521))];
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.nat({ max: 7 }), (blob, at, bit) => {
        const changed = Buffer.from(blob);
        const index = at % blob.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        expect(readCertificate(changed)).toBeUndefined();
        expect(readCertificate(blob.subarray(0, index))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
    // Every bit of one.
    const [first = Buffer.of()] = whole;
    for (let at = 0; at < 8 * first.length; at++) {
      const changed = Buffer.from(first);
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
      if (readCertificate(changed) !== undefined) throw new Error(`bit ${at} does not matter`);
    }
  });

  it('never throws, whatever follows a right beginning', () => {
    const types = fc.constantFrom(...CERTIFICATE_TYPES.keys(), 'x');
    const field = fc.uint8Array({ maxLength: 40 }).map((bytes) => sshString(bytes));
    fc.assert(
      fc.property(
        types,
        fc.array(fc.oneof(field, fc.uint8Array({ maxLength: 8 })), { maxLength: 16 }),
        (type, rest) => {
          expect(readCertificate(Buffer.concat([sshString(type), ...rest]))).toBeUndefined();
        },
      ),
    );
  });
});

describe('readOffer', () => {
  const data = Buffer.from('session id and request');
  const offer = (owner: typeof key, keyAlgo: string, signature: Buffer, blob = data) =>
    readOffer({ keyAlgo, key: certify(owner, ca), hashAlgo: undefined, signature, blob });

  it('has a proof where the key of the certificate signed, by its algorithm', () => {
    for (const owner of [key, ecdsaKey(256), ecdsaKey(384), ecdsaKey(521)]) {
      const algorithm = `${owner.type}-cert-v01@openssh.com`;
      const read = offer(owner, algorithm, owner.sign(data));
      expect(read).toMatchObject({ algorithm, key: { type: algorithm, fingerprint: fingerprint(owner.blob) } });
      expect(read?.proof()).toEqual({ userVerified: false });
    }
    for (const algorithm of ['rsa-sha2-256', 'rsa-sha2-512']) {
      const named = `${algorithm}-cert-v01@openssh.com`;
      expect(offer(rsa, named, rsa.sign(data, algorithm))).toMatchObject({ algorithm: named });
      expect(offer(rsa, named, rsa.sign(data, algorithm))?.proof()).toBeDefined();
    }
  });

  it.each(['ed25519', 'ecdsa'] as const)(
    'tells whether a security key (%s) verified its user, and wants a touch',
    (kind) => {
      for (const [flags, proof] of [
        [SK_FLAGS.none, undefined],
        [SK_FLAGS.touched, { userVerified: false }],
        [SK_FLAGS.verified, { userVerified: true }],
      ] as const) {
        const owner = securityKey(kind, flags);
        const algorithm = owner.type.replace('@openssh.com', '-cert-v01@openssh.com');
        const read = offer(owner, algorithm, owner.sign(data));
        expect(read?.key).toMatchObject({ type: algorithm, fingerprint: fingerprint(owner.blob) });
        expect(read?.proof()).toEqual(proof);
      }
      expect(readCertificate(certify(key, securityKey(kind, SK_FLAGS.touched)))).toBeDefined();
    },
  );

  it('has none for the signature of another key, the authority, other data, or another algorithm', () => {
    const algorithm = 'ssh-ed25519-cert-v01@openssh.com';
    expect(offer(key, algorithm, ca.sign(data))?.proof()).toBeUndefined();
    expect(offer(key, algorithm, key.sign(data), Buffer.from('other'))?.proof()).toBeUndefined();
    expect(offer(key, algorithm, key.sign(data, algorithm))?.proof()).toBeUndefined();
    const right = key.sign(data);
    for (let cut = 0; cut < right.length; cut++) {
      expect(offer(key, algorithm, right.subarray(0, cut))?.proof()).toBeUndefined();
    }
    expect(offer(key, algorithm, Buffer.concat([right, Buffer.alloc(5, 1)]))?.proof()).toBeUndefined();
    const named = 'rsa-sha2-512-cert-v01@openssh.com';
    for (const wrong of ['rsa-sha2-256', 'ssh-rsa']) {
      expect(offer(rsa, named, rsa.sign(data, wrong))?.proof()).toBeUndefined();
    }
  });

  it('is invalid if the algorithm is not the certificate’s, or uses SHA-1', () => {
    expect(offer(key, 'ssh-ed25519', key.sign(data))).toBeUndefined();
    expect(offer(key, 'rsa-sha2-512-cert-v01@openssh.com', key.sign(data))).toBeUndefined();
    expect(offer(rsa, 'ssh-rsa-cert-v01@openssh.com', rsa.sign(data, 'ssh-rsa'))).toBeUndefined();
    expect(offer(key, 'x-cert-v01@openssh.com', key.sign(data))).toBeUndefined();
    const plain = { key: key.blob, hashAlgo: undefined, signature: undefined as never, blob: undefined as never };
    expect(readOffer({ ...plain, keyAlgo: 'ssh-ed25519-cert-v01@openssh.com' })).toBeUndefined();
    expect(readOffer({ ...plain, keyAlgo: 'ssh-ed25519' })?.proof()).toBeUndefined();
  });
});

describe('certificates of ssh-keygen', () => {
  let keys: string;
  const file = (name: string): string => path.join(keys, name);
  const keygen = (...args: string[]): void => void execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });
  const blobOf = (name: string): Buffer => Buffer.from(readFileSync(name, 'utf8').split(' ')[1] ?? '', 'base64');

  beforeAll(async () => {
    keys = await temporaryDirectory();
    for (const [name, type, bits] of [
      ['ed25519', 'ed25519', '256'],
      ['ecdsa256', 'ecdsa', '256'],
      ['ecdsa384', 'ecdsa', '384'],
      ['ecdsa521', 'ecdsa', '521'],
      ['rsa', 'rsa', '2048'],
    ] as const) {
      keygen('-t', type, '-b', bits, '-N', '', '-f', file(name));
      keygen('-t', type, '-b', bits, '-N', '', '-f', file(`ca-${name}`));
    }
  });
  afterAll(() => rm(keys, { recursive: true }));

  it.each(['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa'])(
    'of and by %s are read as they were asked for',
    (name) => {
      const asked = ['-I', 'Ann Example', '-n', 'ann,ops', '-z', '42', '-V', '20260101000000Z:20270101000000Z'];
      const limits = [
        '-O',
        'clear',
        '-O',
        'permit-pty',
        '-O',
        'source-address=10.0.0.0/8,::1/128',
        '-O',
        'verify-required',
      ];
      keygen('-s', file(`ca-${name}`), ...asked, ...limits, `${file(name)}.pub`);
      const read = readCertificate(blobOf(`${file(name)}-cert.pub`));
      expect(read?.fingerprint).toBe(fingerprint(blobOf(`${file(name)}.pub`)));
      expect(read?.certificate).toEqual({
        kind: 'user',
        serial: 42n,
        keyId: 'Ann Example',
        principals: ['ann', 'ops'],
        validAfter: Date.UTC(2026, 0, 1),
        validBefore: Date.UTC(2027, 0, 1),
        criticalOptions: new Map([
          ['source-address', '10.0.0.0/8,::1/128'],
          ['verify-required', ''],
        ]),
        extensions: new Set(['permit-pty']),
        authority: Uint8Array.from(blobOf(`${file(`ca-${name}`)}.pub`)),
      });
    },
  );

  it('of RSA by SHA-1 are refused, of hosts are known, and forced commands are read', () => {
    const sign = (...args: string[]): ReturnType<typeof readCertificate> => {
      keygen('-s', file('ca-rsa'), '-I', 'x', ...args, `${file('ed25519')}.pub`);
      return readCertificate(blobOf(`${file('ed25519')}-cert.pub`));
    };
    expect(sign('-t', 'rsa-sha2-256')).toBeDefined();
    expect(sign('-t', 'ssh-rsa')).toBeUndefined();
    expect(sign('-h')?.certificate.kind).toBe('host');
    expect(sign('-O', 'force-command=id "x"')?.certificate.criticalOptions).toEqual(
      new Map([['force-command', 'id "x"']]),
    );
  });
});
