import { describe, expect, it } from 'vitest';
import { admit, lacks, mayStay, type Proofs } from '../admission/admit.js';
import type { Identity } from '../admission/identity.js';
import {
  lockWhoText,
  MAX_PERSON_LOCKS,
  PersonLocks,
  readLockWho,
  readPersonLocks,
  writePersonLocks,
  type PersonLock,
} from './operator-locks.js';
import { OPEN_POLICY, readPolicy, writePolicy } from './session-policy.js';

const KEY = `SHA256:${'k'.repeat(43)}`;
const ANN: Identity = {
  provider: 'corp',
  subject: 'a:1',
  name: 'ann',
  groups: ['sre', 'all staff'],
  proved: 'sign-in',
  until: 5,
};
const NOBODY: Proofs = { transport: 'ssh', address: '192.0.2.9', keys: [] };

function lockOn(text: string, more: Partial<PersonLock> = {}): PersonLock {
  const read = readLockWho(text);
  if ('fault' in read) throw new Error(read.fault);
  return { ...read.who, reason: 'left', since: 0, ...more };
}
const locksOn = (...texts: string[]): PersonLocks => new PersonLocks(texts.map((text) => lockOn(text)));

describe('a lock', () => {
  it.each<[string, Partial<Proofs>]>([
    ['person:corp:a:1', { identity: ANN }],
    ['group:all staff', { identity: ANN }],
    ['user:ada', { user: 'ada' }],
    [KEY, { keys: [{ fingerprint: KEY } as Proofs['keys'][number]] }],
    ['192.0.2.9', {}],
    ['192.0.2.0/24', {}],
  ])('of %s keeps out whom it means, those inside too, and nobody else', (text, facts) => {
    const policy = { ...OPEN_POLICY, personLocks: locksOn(text) };
    const proofs = { ...NOBODY, ...facts };
    const other: Proofs = {
      ...NOBODY,
      address: '198.51.100.1',
      user: 'bob',
      identity: { ...ANN, subject: 'b', groups: ['sre'] },
    };
    const request = { role: 'writer', now: 1, approvals: 1, present: 0 } as const;
    expect(admit(policy, proofs, request)).toEqual({ kind: 'refused', refusal: { reason: 'locked', why: 'left' } });
    expect(lacks(policy, proofs, 1)).toEqual({ reason: 'locked', why: 'left' });
    expect(mayStay(policy, proofs, 1)).toEqual({ fault: 'locked', why: 'left' });
    expect(admit(policy, other, request)).toMatchObject({ kind: 'admitted', as: 'writer' });
    expect(mayStay(policy, other, 1)).toEqual({ as: 'writer' });
    expect(lockWhoText(lockOn(text))).toBe(text);
  });

  it('counts when the sign-in has expired, and until its end', () => {
    const policy = { ...OPEN_POLICY, personLocks: new PersonLocks([lockOn('person:corp:a:1', { until: 1_000 })]) };
    const proofs = { ...NOBODY, identity: ANN };
    expect([999, 1_000].map((now) => lacks(policy, proofs, now)?.reason)).toEqual(['locked', undefined]);
  });

  it('tells nothing to somebody without a valid token', () => {
    const tokens = { writer: 'w', reader: 'r' };
    const policy = { ...OPEN_POLICY, tokens, personLocks: locksOn('192.0.2.9') };
    expect(lacks(policy, { ...NOBODY, token: 'x' }, 0)).toEqual({ reason: 'token' });
  });

  it('is not written into the record of a session', () => {
    expect(readPolicy(writePolicy({ ...OPEN_POLICY, personLocks: locksOn('192.0.2.9') }))).toEqual(OPEN_POLICY);
  });

  it.each(['', 'ann', 'group:', 'user:', 'person:ann', '192.0.2.0/64', 'SHA256:short', `group:${'g'.repeat(400)}`])(
    'of %j is refused with a sentence',
    (text) => {
      expect(readLockWho(text)).toEqual({ fault: expect.stringMatching(/is not|longer/) as string });
    },
  );
});

describe('the list of locks', () => {
  it('keeps one lock a person, leaves out those that are over, and is written and read', () => {
    const first = new PersonLocks().with(lockOn('user:ada', { reason: 'é'.repeat(200) }), 0);
    const second = first?.with(lockOn('192.0.2.1', { until: 10 }), 0)?.with(lockOn('user:ada', { reason: 'b' }), 0);
    expect(first?.all.map(({ reason }) => reason)).toEqual(['é'.repeat(100)]);
    expect(second?.all.map(({ reason }) => reason)).toEqual(['left', 'b']);
    expect(second?.current(10).map(lockWhoText)).toEqual(['user:ada']);
    expect(readPersonLocks(writePersonLocks(second ?? new PersonLocks()))?.all).toEqual(second?.all);
    expect(second?.without({ by: 'user', value: 'bob' }, 0)).toBeUndefined();
    expect(second?.without({ by: 'user', value: 'ada' }, 10)?.all).toEqual([]);
    expect([writePersonLocks(new PersonLocks()), readPersonLocks('')?.all]).toEqual(['', []]);
  });

  it('is bounded, and makes room when a lock is over', () => {
    const full = new PersonLocks(
      Array.from({ length: MAX_PERSON_LOCKS }, (_, n) => lockOn(`user:u${n}`, n === 0 ? { until: 10 } : {})),
    );
    expect(full.with(lockOn('user:more'), 9)).toBeUndefined();
    expect(full.with(lockOn('user:u1'), 9)?.all).toHaveLength(MAX_PERSON_LOCKS);
    expect(full.with(lockOn('user:more'), 10)?.all).toHaveLength(MAX_PERSON_LOCKS);
  });

  it.each(['{', '{"v":2,"locks":[]}', '{"v":1,"locks":[{"by":"address","value":"x","reason":"","since":0}]}'])(
    'is not read from %s',
    (text) => {
      expect(readPersonLocks(text)).toBeUndefined();
    },
  );
});
