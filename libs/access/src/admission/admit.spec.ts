import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthorizedKey, readPublicKey, type AuthorizedKey, type Certificate, type PublicKey } from '#keys';
import { blobOf, ED25519, RSA_2048 } from '#keys/fixtures';
import type { AllowRule } from '../policy/allow.js';
import type { Invitation } from '../policy/invitations.js';
import type { SentAway } from '../policy/sent-away.js';
import { OPEN_POLICY } from '../policy/session-policy.js';
import { LOCKED_PASSWORD } from '../policy/password.js';
import {
  admit,
  certificateIdentity,
  isModerator,
  mayStay,
  lacks,
  type Admission,
  type AdmissionPolicy,
  type AdmissionRequest,
  type Proofs,
} from './admit.js';
import type { Identity } from './identity.js';
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
const ASKS: AdmissionRequest = { role: 'writer', now: 1_000, approvals: 0, present: 0 };

const outcome = (admission: Admission): string => {
  if (admission.kind === 'admitted') return admission.as;
  return admission.kind === 'wait' ? 'wait' : admission.refusal.reason;
};
const decide = (
  policy: Partial<AdmissionPolicy>,
  proofs: Partial<Proofs> = {},
  request: Partial<AdmissionRequest> = {},
): string => outcome(admit({ ...OPEN_POLICY, ...policy }, { ...SSH, ...proofs }, { ...ASKS, ...request }));

const ANN_AT_GITHUB: Identity = {
  provider: 'github',
  subject: '1',
  name: 'Ann',
  groups: ['sre'],
  proved: 'sign-in',
  until: 2_000,
};
const BOB_AT_CORP: Identity = {
  ...ANN_AT_GITHUB,
  provider: 'corp',
  subject: '2',
  name: 'bob@example.org',
  groups: [],
  until: 10,
};
const INVITATION: Invitation = { id: '1', hash: 'one', name: 'One', role: 'writer', until: 12, uses: 1, used: 0 };
const INVITATION_OF_BOB: Invitation = { ...INVITATION, id: '2', hash: 'bob', role: 'reader', until: undefined };
const RULES: readonly AllowRule[] = [
  { who: { by: 'provider-user', value: 'github:ann' }, may: 'moderate' },
  { who: { by: 'name', value: 'BOB@example.org' }, may: 'look' },
  { who: { by: 'group', value: 'sre' }, may: 'type' },
];

describe('admit', () => {
  it.each<[string, string, Partial<AdmissionPolicy>, Partial<Proofs>, Partial<AdmissionRequest>]>([
    ['the token is enough for an open session', 'writer', {}, {}, {}],
    ["a reader's token lets nobody type", 'reader', {}, {}, { role: 'reader' }],
    ["a writer's token neither, where everybody may only watch", 'reader', { readersOnly: true }, {}, {}],
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
    ['the host has said yes', 'writer', { approve: true }, {}, { approvals: 1 }],
    ['one of two has said yes', 'wait', { approve: true, approvals: 2 }, {}, { approvals: 1 }],
    ['two of two have said yes', 'writer', { approve: true, approvals: 2 }, {}, { approvals: 2 }],
    ['a yes is no key', 'key-required', { approve: true, authorizedKeys: [] }, {}, { approvals: 1 }],
    ['a yes makes no writer', 'reader', { approve: true, readersOnly: true }, {}, { approvals: 1 }],
    ['nobody waits for a place in vain', 'full', { approve: true, maxJoiners: 1 }, {}, { present: 1 }],
  ])('%s: %s', (_, expected, policy, proofs, request) => {
    expect(decide(policy, proofs, request)).toBe(expected);
  });

  describe('whoever signed in', () => {
    const ann = { identity: ANN_AT_GITHUB };
    const bob = { identity: { ...BOB_AT_CORP, until: 2_000 } };
    const keyed = { authorizedKeys: [listed(ED25519)], keyPeople: ['github:ANN'] };

    it.each<[string, string, Partial<AdmissionPolicy>, Partial<Proofs>]>([
      ['is needed', 'sign-in-required', { signIn: true }, {}],
      ['is enough, anybody', 'writer', { signIn: true }, bob],
      ['counts only for a time', 'sign-in-required', { signIn: true }, { identity: BOB_AT_CORP }],
      ['must be named', 'sign-in-required', { allow: RULES }, {}],
      ['is named, without regard to capitals', 'reader', { allow: RULES }, bob],
      ['may do the most that a rule says', 'writer', { allow: RULES }, ann],
      ['is not named', 'not-allowed', { allow: RULES.slice(1, 2) }, ann],
      [
        'is named at another provider',
        'not-allowed',
        { allow: RULES.slice(0, 1) },
        { identity: { ...ANN_AT_GITHUB, provider: 'corp' } },
      ],
      ['is in no list that is empty', 'not-allowed', { allow: [] }, ann],
      ['needs no key if listed by name', 'writer', keyed, ann],
      ['needs none in a browser either', 'writer', keyed, { ...ann, transport: 'web' }],
      ['is told to sign in there', 'sign-in-required', keyed, { transport: 'web' }],
      ['is another one', 'not-allowed', keyed, { ...bob, transport: 'web' }],
      ['is another one, and has no key', 'key-required', keyed, bob],
    ])('%s: %s', (_, expected, policy, proofs) => {
      expect(decide(policy, proofs)).toBe(expected);
    });

    it('moderates only if a rule says so, and as long as the proof counts', () => {
      const moderates = (proofs: Partial<Proofs>, now = 1_000): boolean =>
        isModerator({ ...OPEN_POLICY, allow: RULES }, { ...SSH, ...proofs }, now);
      expect([moderates(ann), moderates(ann, 2_000), moderates(bob), moderates({})]).toEqual([
        true,
        false,
        false,
        false,
      ]);
      expect(isModerator(OPEN_POLICY, { ...SSH, ...ann }, 1_000)).toBe(false);
      expect(admit({ ...OPEN_POLICY, allow: RULES }, { ...SSH, ...ann }, ASKS)).toMatchObject({ moderator: true });
    });
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
      ['person', 'github:1', { identity: ANN_AT_GITHUB }, { identity: BOB_AT_CORP }],
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
    keyPeople: fc.constantFrom(undefined, ['github:ann']),
    signIn: fc.boolean(),
    invitations: fc.constantFrom(undefined, [INVITATION], [{ ...INVITATION, used: 1 }, INVITATION_OF_BOB]),
    operator: fc.constantFrom<AdmissionPolicy['operator']>(
      undefined,
      { bareTokens: false },
      { people: [{ who: { by: 'signed-in' }, may: 'look' }], addresses: [['192.0.2.0/24']] },
    ),
    allow: fc.constantFrom<readonly AllowRule[] | undefined>(undefined, [], RULES.slice(0, 1), RULES),
    sentAway: fc.array(
      fc.record({
        by: fc.constantFrom('key' as const, 'address' as const, 'user' as const, 'person' as const),
        value: fc.constantFrom(ANN.fingerprint, '192.0.2.0/24', 'ann', 'github:1'),
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
    identity: fc.constantFrom(undefined, ANN_AT_GITHUB, BOB_AT_CORP),
    invitation: fc.constantFrom(undefined, undefined, 'one', 'bob'),
  });
  const requests: fc.Arbitrary<AdmissionRequest> = fc.record({
    role: fc.constantFrom('writer' as const, 'reader' as const),
    now: fc.integer({ min: 0, max: 20 }),
    approvals: fc.nat(2),
    present: fc.integer({ min: 0, max: 3 }),
  });
  const rank = (admission: Admission): number =>
    ['refused', 'wait', 'reader', 'writer'].indexOf(admission.kind === 'admitted' ? admission.as : admission.kind);

  it('gives nobody more with a stricter rule, whatever the rules are', () => {
    const stricter: readonly ((policy: AdmissionPolicy) => AdmissionPolicy)[] = [
      (policy) => ({ ...policy, authorizedKeys: policy.authorizedKeys?.slice(1) ?? [] }),
      (policy) => ({ ...policy, password: policy.password ?? HASH }),
      (policy) => ({ ...policy, keyPeople: undefined }),
      (policy) => ({ ...policy, signIn: true }),
      (policy) => ({ ...policy, invitations: policy.invitations?.slice(1) ?? [] }),
      (policy) => ({ ...policy, operator: { ...policy.operator, bareTokens: false } }),
      (policy) => ({ ...policy, operator: { ...policy.operator, people: [] } }),
      (policy) => ({ ...policy, operator: { ...policy.operator, addresses: [['203.0.113.0/24']] } }),
      (policy) => ({ ...policy, allow: policy.allow?.slice(1) ?? RULES }),
      (policy) => ({ ...policy, allow: policy.allow?.map(({ who }) => ({ who, may: 'look' })) ?? [] }),
      (policy) => ({ ...policy, approve: true }),
      (policy) => ({ ...policy, approvals: 2 }),
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
          expect(policy.approve && request.approvals === 0).toBe(false);
          // An invitation says itself what it is for.
          const asReader = proofs.invitation === undefined && request.role === 'reader';
          expect(admission.as === 'writer' && (asReader || policy.readersOnly)).toBe(false);
          expect(mayStay(policy, proofs, request.now)).not.toHaveProperty('fault');
        } else if (admission.kind === 'refused') expect(refusalText(admission.refusal)).toMatch(/^[A-Z]/);
        expect(JSON.stringify([policy, proofs, request])).toBe(before);
      }),
      { numRuns: 3_000 },
    );
  });
});
