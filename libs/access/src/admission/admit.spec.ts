import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthorizedKey, readPublicKey, type AuthorizedKey, type Certificate, type PublicKey } from '#keys';
import { blobOf, ED25519, RSA_2048 } from '#keys/fixtures';
import type { SentAway } from '../policy/sent-away.js';
import { OPEN_POLICY } from '../policy/session-policy.js';
import { LOCKED_PASSWORD } from '../policy/password.js';
import {
  admit,
  certificateIdentity,
  lacks,
  type Admission,
  type AdmissionPolicy,
  type AdmissionRequest,
  type Proofs,
} from './admit.js';
import { refusalText } from './refusal-text.js';

const key = (line: string): PublicKey => {
  const read = readPublicKey(blobOf(line));
  if (read === undefined) throw new Error('no key');
  return read;
};
const listed = (line: string): AuthorizedKey => {
  const parsed = parseAuthorizedKey(line).key;
  if (parsed === undefined) throw new Error('no line');
  return parsed;
};
const [ANN, BOB] = [key(ED25519), key(RSA_2048)];
const HASH = 'scrypt$14$8$one';
const SSH: Proofs = { transport: 'ssh', address: '192.0.2.9', keys: [] };
const WEB: Proofs = { ...SSH, transport: 'web' };
const ASKS: AdmissionRequest = { role: 'writer', now: 1_000, approved: false, present: 0 };

const outcome = (admission: Admission): string => {
  if (admission.kind === 'admitted') return admission.as;
  return admission.kind === 'wait' ? 'wait' : admission.refusal.reason;
};
const decide = (
  policy: Partial<AdmissionPolicy>,
  proofs: Partial<Proofs> = {},
  request: Partial<AdmissionRequest> = {},
): string => outcome(admit({ ...OPEN_POLICY, ...policy }, { ...SSH, ...proofs }, { ...ASKS, ...request }));

describe('admit', () => {
  it.each<[string, string, Partial<AdmissionPolicy>, Partial<Proofs>, Partial<AdmissionRequest>]>([
    ['the token is enough for an open session', 'writer', {}, {}, {}],
    ["a reader's token lets nobody type", 'reader', {}, {}, { role: 'reader' }],
    ["a writer's token neither, where everybody may only look", 'reader', { readersOnly: true }, {}, {}],
    ['a key is needed', 'key-required', { authorizedKeys: [listed(ED25519)] }, {}, {}],
    ['an empty list lets nobody in', 'key-required', { authorizedKeys: [] }, {}, {}],
    ['another key does not do', 'key-unknown', { authorizedKeys: [listed(ED25519)] }, { keys: [BOB] }, {}],
    ['one of several keys does', 'writer', { authorizedKeys: [listed(ED25519)] }, { keys: [BOB, ANN] }, {}],
    ['readers need it too', 'key-required', { authorizedKeys: [listed(ED25519)] }, {}, { role: 'reader' }],
    [
      'a browser has no key to show',
      'keys-required',
      { authorizedKeys: [listed(ED25519)] },
      { ...WEB, keys: [ANN] },
      {},
    ],
    ['browsers are not wanted', 'web-off', { web: false }, WEB, {}],
    ['ssh is, without them', 'writer', { web: false }, SSH, {}],
    ['a password is needed', 'password', { password: HASH }, {}, {}],
    ['the right one does', 'writer', { password: HASH }, { password: HASH }, {}],
    ['one that was right does not', 'password', { password: `${HASH}2` }, { password: HASH }, {}],
    [
      'nothing fits one that is being worked on',
      'password',
      { password: LOCKED_PASSWORD },
      { password: LOCKED_PASSWORD },
      {},
    ],
    ['it is full', 'full', { maxJoiners: 2 }, {}, { present: 2 }],
    ['there is a place', 'writer', { maxJoiners: 2 }, {}, { present: 1 }],
    ['the host is asked', 'wait', { approve: true }, {}, {}],
    ['the host has said yes', 'writer', { approve: true }, {}, { approved: true }],
    ['a yes is no key', 'key-required', { approve: true, authorizedKeys: [] }, {}, { approved: true }],
    ['a yes makes no writer', 'reader', { approve: true, readersOnly: true }, {}, { approved: true }],
    ['nobody waits for a place in vain', 'full', { approve: true, maxJoiners: 1 }, {}, { present: 1 }],
  ])('%s: %s', (_, expected, policy, proofs, request) => {
    expect(decide(policy, proofs, request)).toBe(expected);
  });

  describe('whoever was sent away', () => {
    const certificate = { authority: ANN.blob, keyId: 'ann@example' } as Certificate;
    const certified: PublicKey = { ...BOB, certificate };
    const nothing = (entry: Pick<SentAway, 'by' | 'value' | 'until'>): Partial<AdmissionPolicy> => ({
      sentAway: [{ ...entry, may: 'nothing' }],
    });

    it.each<[SentAway['by'], string, Partial<Proofs>, Partial<Proofs>]>([
      ['key', ANN.fingerprint, { keys: [BOB, ANN] }, { keys: [BOB] }],
      ['certificate', certificateIdentity(certificate), { keys: [certified] }, { keys: [BOB] }],
      ['user', 'ann', { user: 'ann' }, { user: 'bob' }],
      ['address', '192.0.2.9', {}, { address: '192.0.2.10' }],
      ['address', '192.0.2.0/24', { address: '192.0.2.77' }, { address: '192.0.3.1' }],
      ['address', '2001:db8::/32', { address: '2001:db8::1' }, { address: '2001:db9::1' }],
    ])('by %s %s stays away, at every transport, and nobody else does', (by, value, meant, other) => {
      for (const transport of ['ssh', 'web'] as const) {
        expect(decide(nothing({ by, value }), { ...meant, transport })).toBe('sent-away');
        expect(decide(nothing({ by, value }), { ...other, transport })).toBe('writer');
      }
    });

    it('may come back when the time is over, and not before', () => {
      const policy = nothing({ by: 'address', value: '192.0.2.9', until: 2_000 });
      expect(decide(policy, {}, { now: 1_999 })).toBe('sent-away');
      expect(decide(policy, {}, { now: 2_000 })).toBe('writer');
    });

    it('was made a reader and stays one; the stricter of two entries counts', () => {
      const looks = { by: 'address', value: '192.0.2.9', may: 'look' } as const;
      expect(decide({ sentAway: [looks] })).toBe('reader');
      expect(decide({ sentAway: [looks] }, { address: '192.0.2.10' })).toBe('writer');
      expect(decide({ sentAway: [looks, { ...looks, may: 'nothing' }] })).toBe('sent-away');
    });
  });

  const policies: fc.Arbitrary<AdmissionPolicy> = fc.record({
    authorizedKeys: fc.constantFrom(undefined, [], [listed(ED25519)], [listed(RSA_2048)]),
    password: fc.constantFrom(undefined, LOCKED_PASSWORD, HASH, `${HASH}2`),
    approve: fc.boolean(),
    readersOnly: fc.boolean(),
    web: fc.boolean(),
    maxJoiners: fc.constantFrom(undefined, 1, 2),
    sentAway: fc.array(
      fc.record({
        by: fc.constantFrom('key' as const, 'address' as const, 'user' as const),
        value: fc.constantFrom(ANN.fingerprint, '192.0.2.0/24', 'ann'),
        may: fc.constantFrom('nothing' as const, 'look' as const),
        until: fc.constantFrom(undefined, 5, 15),
      }),
      { maxLength: 2 },
    ),
  });
  const people: fc.Arbitrary<Proofs> = fc.record({
    transport: fc.constantFrom('ssh' as const, 'web' as const),
    address: fc.constantFrom('192.0.2.9', '198.51.100.1', ''),
    keys: fc.subarray([ANN, BOB]),
    password: fc.constantFrom(undefined, LOCKED_PASSWORD, HASH, `${HASH}2`),
    user: fc.constantFrom(undefined, 'ann', 'bob'),
  });
  const requests: fc.Arbitrary<AdmissionRequest> = fc.record({
    role: fc.constantFrom('writer' as const, 'reader' as const),
    now: fc.integer({ min: 0, max: 20 }),
    approved: fc.boolean(),
    present: fc.integer({ min: 0, max: 3 }),
  });
  const rank = (admission: Admission): number =>
    ['refused', 'wait', 'reader', 'writer'].indexOf(admission.kind === 'admitted' ? admission.as : admission.kind);

  it('gives nobody more with a stricter rule, whatever the rules are', () => {
    const stricter: readonly ((policy: AdmissionPolicy) => AdmissionPolicy)[] = [
      (policy) => ({ ...policy, authorizedKeys: policy.authorizedKeys?.slice(1) ?? [] }),
      (policy) => ({ ...policy, password: policy.password ?? HASH }),
      (policy) => ({ ...policy, approve: true }),
      (policy) => ({ ...policy, readersOnly: true }),
      (policy) => ({ ...policy, web: false }),
      (policy) => ({ ...policy, maxJoiners: Math.min(policy.maxJoiners ?? 2, 2) - 1 }),
      (policy) => ({ ...policy, sentAway: [...(policy.sentAway ?? []), { by: 'user', value: 'ann', may: 'look' }] }),
    ];
    fc.assert(
      fc.property(policies, people, requests, fc.constantFrom(...stricter), (policy, proofs, request, change) => {
        expect(rank(admit(change(policy), proofs, request))).toBeLessThanOrEqual(rank(admit(policy, proofs, request)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('seats nobody who lacks something, and changes nothing that it is given', () => {
    fc.assert(
      fc.property(policies, people, requests, (policy, proofs, request) => {
        const before = JSON.stringify([policy, proofs, request]);
        const admission = admit(policy, proofs, request);
        const lacking = lacks(policy, proofs, request.now);
        if (admission.kind === 'refused' && admission.refusal.reason !== 'full') {
          expect(lacking).toEqual(admission.refusal);
        } else expect(lacking).toBeUndefined();
        if (admission.kind === 'admitted') {
          expect(policy.approve && !request.approved).toBe(false);
          expect(admission.as === 'writer' && (request.role === 'reader' || policy.readersOnly)).toBe(false);
        } else if (admission.kind === 'refused') expect(refusalText(admission.refusal)).toMatch(/^[A-Z]/);
        expect(JSON.stringify([policy, proofs, request])).toBe(before);
      }),
      { numRuns: 3_000 },
    );
  });
});
