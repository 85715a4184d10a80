import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, type Admission, type Proofs } from '../admission/admit.js';
import type { Identity } from '../admission/identity.js';
import {
  mayHost,
  mayOperate,
  readOperatorPolicy,
  requirementsInWords,
  rulesFor,
  type OperatorPolicy,
} from './operator-policy.js';
import { OPEN_POLICY, readPolicy, writePolicy, type SessionPolicy } from './session-policy.js';
import { stricter } from './stricter.js';

const ANN: Identity = {
  provider: 'corp',
  subject: '1',
  name: 'ann@example.org',
  groups: ['sre'],
  proved: 'sign-in',
  until: 9e15,
};
const BOB: Identity = { ...ANN, subject: '2', name: 'bob', groups: ['contractors'] };
const EVE: Identity = { ...ANN, provider: 'github', subject: '3', name: 'eve', groups: [] };
/** A Monday, 10:00 in Berlin. */
const MONDAY = Date.parse('2026-11-30T09:00:00Z');

function policyOf(text: string): OperatorPolicy {
  const read = readOperatorPolicy(text);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return read.policy;
}
const faultsOf = (text: string): readonly string[] => {
  const read = readOperatorPolicy(text);
  return 'faults' in read ? read.faults : [];
};
const proofs = (identity?: Identity, address = '10.1.2.3'): Proofs => ({
  transport: 'ssh',
  address,
  keys: [],
  identity,
});
const outcome = (admission: Admission): string => {
  if (admission.kind === 'refused') return admission.refusal.reason;
  return admission.kind === 'wait' ? 'wait' : `${admission.as}${admission.moderator ? ' moderator' : ''}`;
};
/** What becomes of somebody who joins a session of `host` under a policy. */
const joins = (
  text: string,
  who?: Identity,
  options: { host?: Identity; now?: number; address?: string; own?: Partial<SessionPolicy> } = {},
): string => {
  const { host = ANN, now = MONDAY, address, own } = options;
  const policy = stricter({ ...OPEN_POLICY, ...own }, rulesFor(policyOf(text), host));
  // As another edge reads it from the session's record.
  const carried = readPolicy(writePolicy(policy));
  expect(carried).toEqual(policy);
  return outcome(admit(carried, proofs(who, address), { role: 'writer', now, approvals: 0, present: 0 }));
};

const COMPANY = `
people:
  - who: group:sre
    may: [host, moderate, operate]
  - who: [group:contractors, 'github:eve']
    may: look
`;

describe("an operator's policy", () => {
  it('says who may host, join and operate; an empty one demands nothing', () => {
    const policy = policyOf(COMPANY);
    expect([ANN, BOB, EVE, undefined].map((one) => mayHost(policy, one))).toEqual([true, false, false, false]);
    expect([ANN, BOB, EVE, undefined].map((one) => mayOperate(policy, one))).toEqual([true, false, false, false]);
    expect([ANN, BOB, EVE].map((one) => joins(COMPANY, one))).toEqual(['writer moderator', 'reader', 'reader']);
    expect(joins(COMPANY)).toBe('sign-in-required');
    expect(joins(COMPANY, { ...EVE, name: 'mallory' })).toBe('not-allowed');
    for (const none of ['', '{}', '# nothing']) {
      expect([mayHost(policyOf(none), undefined), mayOperate(policyOf(none), ANN), joins(none)]).toEqual([
        true,
        false,
        'writer',
      ]);
      expect(requirementsInWords(rulesFor(policyOf(none), undefined))).toEqual([]);
    }
  });

  it('lets a host be stricter, and never laxer', () => {
    const allow = [{ who: { by: 'name', value: 'ann@example.org' }, may: 'look' }] as const;
    expect(joins(COMPANY, ANN, { own: { allow } })).toBe('reader');
    expect(joins(COMPANY, BOB, { own: { allow: [{ who: { by: 'name', value: 'bob' }, may: 'moderate' }] } })).toBe(
      'reader',
    );
    expect(joins('every-session: {approve: true}', ANN, { own: { approve: false } })).toBe('wait');
    expect(joins('every-session: {web: true, readers-only: false}', ANN, { own: { readersOnly: true } })).toBe(
      'reader',
    );
  });

  it.each<[string, string, string, Parameters<typeof joins>[2]?]>([
    ['sign-in', 'every-session: {sign-in: true}', 'sign-in-required'],
    ['addresses', 'every-session: {addresses: [10.0.0.0/8]}', 'address-not-allowed', { address: '192.0.2.1' }],
    ['addresses that fit', 'every-session: {addresses: [10.0.0.0/8]}', 'writer'],
    ['approvals', 'every-session: {approvals: 2}', 'wait'],
    ['bare tokens', 'every-session: {bare-tokens: off}', 'token-only'],
    [
      'hours that fit',
      'every-session: {hours: {days: mon-fri, from: "9:00", to: "11:00", zone: Europe/Berlin}}',
      'writer',
    ],
    ['other hours', 'every-session: {hours: {from: "11:00", to: "12:00", zone: Europe/Berlin}}', 'outside-hours'],
    ['other days', 'every-session: {hours: {days: [tue, sat-sun], from: "0:00", to: "24:00"}}', 'outside-hours'],
    ['hours over midnight', 'every-session: {hours: {days: sun, from: "22:00", to: "10:00"}}', 'writer'],
    [
      'one of several hours',
      'every-session: {hours: [{from: "1:00", to: "2:00"}, {from: "9:00", to: "9:01"}]}',
      'writer',
    ],
    ['another host', 'sessions: [{hosts: group:contractors, approve: true}]', 'writer'],
    ['a certain host', 'sessions: [{hosts: [group:contractors, nobody], approve: true}]', 'wait', { host: BOB }],
    [
      'all that apply',
      'every-session: {addresses: [10.0.0.0/8]}\nsessions: [{hosts: anyone, addresses: [10.9.0.0/16]}]',
      'address-not-allowed',
    ],
  ])('demands %s', (_, text, expected, options) => {
    expect(joins(text, undefined, options)).toBe(expected);
  });

  it('is told to hosts in words', () => {
    const text =
      'every-session: {sign-in: yes, expires: 8h, idle-timeout: 30m, seat-lock: 10m, bare-tokens: false, web: false, moderated: on, max-joiners: 3}';
    expect(requirementsInWords(rulesFor(policyOf(text), undefined))).toEqual([
      'joiners sign in',
      'nobody joins in a browser',
      'joiners may type only while a moderator is in the session',
      'it ends 8 hours after it began',
      'it ends after 30 minutes without input or output',
      'terminals of joiners lock after 10 minutes without a key',
      'at most 3 people at once',
      'a token alone admits nobody',
    ]);
  });

  it('demands as many approvals as the strictest says, and at least those that the host wants', () => {
    const policy = policyOf('every-session: {approvals: 2}\nsessions: [{hosts: group:sre, approvals: 3}]');
    expect([rulesFor(policy, ANN), rulesFor(policy, BOB)].map(({ approvals }) => approvals)).toEqual([3, 2]);
    expect(requirementsInWords(rulesFor(policy, BOB))).toEqual(['2 different people approve each joiner']);
    expect(stricter({ ...OPEN_POLICY, approvals: 5 }, rulesFor(policy, BOB)).approvals).toBe(5);
    expect(rulesFor(policyOf('every-session: {approvals: 1}'), BOB)).toMatchObject({ approve: true });
  });

  it.each([
    ['people: 5', 'line 1, column 9: people: expected a list of people'],
    [
      'people:\n  - who: group:sre\n    may: [look, dance]',
      'line 3, column 17: people[1].may[2]: expected host, look, type, moderate, operate',
    ],
    [
      'people:\n  - who: "group:"\n    may: look',
      'line 2, column 10: people[1].who[1]: expected anyone, signed-in, NAME, group:NAME or PROVIDER:NAME',
    ],
    ['every-session:\n  signin: true', 'line 2, column 11: every-session.signin: is not known'],
    ['every-session:\n  recording: true', 'line 2, column 14: every-session.recording: is not known'],
    ['every-session: {sign-in: perhaps}', 'line 1, column 26: every-session.sign-in: expected true or false'],
    [
      'every-session: {expires: 2 hours}',
      'line 1, column 26: every-session.expires: expected a time such as 30m, 2h or 1d, at most 30d',
    ],
    [
      'every-session: {addresses: [10.0.0.0/33]}',
      'line 1, column 29: every-session.addresses[1]: expected an address or a range such as 10.0.0.0/8',
    ],
    [
      'every-session: {hours: {from: "25:00", to: "9:00"}}',
      'line 1, column 31: every-session.hours[1].from: expected a time of the day such as "07:30"',
    ],
    [
      'every-session: {hours: {from: "1:00", to: "9:00", zone: Mars/Olympus}}',
      'expected a time zone such as Europe/Berlin',
    ],
    ['every-session: {approvals: 9}', 'line 1, column 28: every-session.approvals: expected at most 5'],
    ['sessions: [{approve: true}]', 'sessions[1].hosts'],
    ['a: &x 1\nb: *x', 'aliases (*name) are not supported'],
    ['people: [', 'line 1, column 10'],
    ['every-session: {approve: true}\nevery-session: {}', 'line 2'],
    [`# ${'x'.repeat(300_000)}`, 'it is longer than 256 KiB'],
  ])('names what is wrong, and where: case %#', (text, fault) => {
    expect(faultsOf(text).join('\n')).toContain(fault);
  });

  it('names every fault', () => {
    expect(faultsOf('people: 5\nevery-session: {approve: x, web: y}\nwhat: 1')).toHaveLength(4);
  });

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constantFrom(...COMPANY.split('\n'))), (text) => {
        expect(Object.keys(readOperatorPolicy(text))).toHaveLength(1);
      }),
    );
  });

  it('is, in each example of the docs, one that can be used', () => {
    const docs = readFileSync(new URL('../../../../docs/policy.md', import.meta.url), 'utf8');
    const examples = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(5);
    for (const text of examples) expect(faultsOf(text)).toEqual([]);
  });

  it('gives nobody more than the host does, whatever both say', () => {
    const texts = fc.constantFrom(
      COMPANY,
      'every-session: {approve: true, readers-only: true}',
      'every-session: {sign-in: true, max-joiners: 1}',
      'every-session: {bare-tokens: false, addresses: [10.0.0.0/8]}',
      'people: [{who: anyone, may: type}]',
      '',
    );
    const own = fc.record({
      approve: fc.boolean(),
      readersOnly: fc.boolean(),
      signIn: fc.boolean(),
      maxJoiners: fc.constantFrom(undefined, 1, 5),
      allow: fc.constantFrom(undefined, [{ who: { by: 'name', value: 'bob' }, may: 'type' }] as const),
    });
    const rank = (admission: Admission): number =>
      ['refused', 'wait', 'reader', 'writer'].indexOf(admission.kind === 'admitted' ? admission.as : admission.kind);
    fc.assert(
      fc.property(texts, own, fc.constantFrom(undefined, ANN, BOB, EVE), fc.nat(3), (text, rules, who, present) => {
        const host = { ...OPEN_POLICY, ...rules };
        const request = { role: 'writer', now: MONDAY, approvals: 0, present } as const;
        const effective = stricter(host, rulesFor(policyOf(text), ANN));
        expect(rank(admit(effective, proofs(who), request))).toBeLessThanOrEqual(
          rank(admit(host, proofs(who), request)),
        );
      }),
    );
  });
});
