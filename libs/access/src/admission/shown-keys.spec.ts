import { describe, expect, it } from 'vitest';
import { parseAuthorizedKey, type Certificate, type PublicKey } from '#keys';
import { shownKeys } from './shown-keys.js';

const CA = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMM77Ecw60SY+kZicWBkvnsxBshP+yZfBim82jh8t47D';
const certificate: Certificate = {
  kind: 'user',
  serial: 1n,
  keyId: 'ann',
  principals: [],
  validAfter: 0,
  validBefore: Infinity,
  criticalOptions: new Map(),
  extensions: new Set(),
  authority: Buffer.from(CA.split(' ')[1] ?? '', 'base64'),
};
const plain: PublicKey = { type: 'ssh-ed25519', fingerprint: 'SHA256:abc', blob: Uint8Array.of(1) };
const keys = (line: string) => [parseAuthorizedKey(line).key].flatMap((key) => key ?? []);

describe('shownKeys', () => {
  it('tells nothing of nobody, and a plain key by its fingerprint', () => {
    expect(shownKeys([], undefined)).toEqual({});
    expect(shownKeys([plain], keys(CA))).toEqual({ key: 'SHA256:abc' });
  });

  it('repeats what a certificate says only where its CA is trusted', () => {
    const key = { ...plain, certificate };
    expect(shownKeys([key], keys(`cert-authority ${CA}`))).toEqual({
      key: 'SHA256:abc',
      certificate: '"ann" serial 1 of CA SHA256:E6fgRWZ8rrJkChEsVisN8wV3BP+o33edO9xaF93hVe8',
    });
    for (const none of [undefined, [], keys(CA)]) expect(shownKeys([key], none)).toEqual({ key: 'SHA256:abc' });
  });
});
