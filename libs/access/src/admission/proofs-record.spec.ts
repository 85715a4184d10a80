import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { boundedIdentity, MAX_GROUPS, WAYS_TO_PROVE, type Identity } from './identity.js';
import { decodeProofs, encodeProofs } from './proofs-record.js';

const ANN: Identity = {
  provider: 'corp',
  subject: '248289761001',
  name: 'ann@example.org',
  groups: ['sre', 'staff'],
  proved: 'sign-in',
  until: 1_900_000_000_000,
};

describe('the proofs that travel between edges', () => {
  it('carry who somebody is', () => {
    for (const proved of WAYS_TO_PROVE) {
      const identity = { ...ANN, proved };
      expect(decodeProofs(encodeProofs({ keys: [], password: 'x', identity }))).toEqual({
        keys: [],
        password: 'x',
        identity,
      });
    }
    expect(decodeProofs(encodeProofs({ keys: [] }))).toEqual({ keys: [] });
    for (const browser of ['browser', undefined]) {
      const identity = { ...ANN, signIn: { at: 5, ids: ['person', 'session'], ...(browser && { browser }) } };
      expect(decodeProofs(encodeProofs({ keys: [], identity }))).toEqual({ keys: [], identity });
    }
    const invited = { keys: [], invitation: 'hash' };
    expect(decodeProofs(encodeProofs(invited))).toEqual(invited);
  });

  it('of an earlier release say nothing of it', () => {
    const bytes = encodeProofs({ keys: [], token: 'hash' });
    // Before invitations, and before identities.
    for (const end of [-1, -2]) expect(decodeProofs(bytes.subarray(0, end))).toEqual({ keys: [], token: 'hash' });
  });

  it('are as bounded as every record, whatever a provider says', () => {
    const identity = fc.record({
      provider: fc.string({ maxLength: 40 }),
      subject: fc.string({ maxLength: 300, unit: 'binary' }),
      name: fc.string({ maxLength: 300, unit: 'binary' }),
      groups: fc.array(fc.string({ maxLength: 200, unit: 'binary' }), { maxLength: 150 }),
      proved: fc.constantFrom(...WAYS_TO_PROVE),
      until: fc.nat(),
    });
    fc.assert(
      fc.property(identity, (given) => {
        const bytes = encodeProofs({ keys: [], identity: given });
        expect(bytes.length).toBeLessThan(14 * 1024);
        expect(decodeProofs(bytes).identity).toEqual(boundedIdentity(given));
      }),
    );
  });

  it('that are damaged are refused', () => {
    const bytes = encodeProofs({ keys: [], identity: ANN });
    // One byte less is a record without a place for an invitation.
    for (let length = 5; length < bytes.length - 1; length++) {
      const cut = (): unknown => decodeProofs(bytes.subarray(0, length));
      expect(cut).toThrow(expect.objectContaining({ code: 'protocol' }) as Error);
    }
    const marked = encodeProofs({ keys: [], identity: { ...ANN, signIn: { at: 5, ids: ['person'] } } });
    for (let length = bytes.length + 1; length < marked.length; length++) {
      const cut = (): unknown => decodeProofs(marked.subarray(0, length));
      expect(cut).toThrow(expect.objectContaining({ code: 'protocol' }) as Error);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (some) => {
        try {
          decodeProofs(some);
        } catch (error) {
          expect(isShipmateError(error)).toBe(true);
        }
      }),
    );
  });
});

describe('boundedIdentity', () => {
  it('shows no control character, and cuts what is too long', () => {
    expect(boundedIdentity({ ...ANN, name: 'a\u001b[31m\u202enn\n' })?.name).toBe('a[31mnn');
    expect(Buffer.byteLength(boundedIdentity({ ...ANN, name: 'ä'.repeat(200) })?.name ?? '')).toBe(128);
    expect(boundedIdentity({ ...ANN, groups: Array.from({ length: 200 }, (_, at) => `g${at}`) })?.groups).toHaveLength(
      MAX_GROUPS,
    );
  });

  it('identifies nobody by a part of what identifies them', () => {
    for (const subject of ['', 'x'.repeat(256)]) expect(boundedIdentity({ ...ANN, subject })).toBeUndefined();
    expect(boundedIdentity({ ...ANN, provider: '' })).toBeUndefined();
    expect(boundedIdentity({ ...ANN, name: '\u0007' })).toBeUndefined();
  });
});
