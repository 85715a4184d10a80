import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPEN_POLICY, PolicyBuilder, readPolicy, writePolicy } from '#access';
import { readWish, WISH_NAMES } from './host-wishes.js';

const set = (pair: string): { builder: PolicyBuilder; told: readonly string[] } => {
  const builder = new PolicyBuilder();
  return { builder, told: builder.set('tmate-set', pair) };
};

describe('what a host may ask for', () => {
  it.each([
    ['expires=2h', { expiresMs: 7_200_000 }, 'the session ends 2 hours after it began'],
    ['expires=90s', { expiresMs: 90_000 }, 'the session ends 90 seconds after it began'],
    ['expires=30d', { expiresMs: 2_592_000_000 }, 'the session ends 30 days after it began'],
    ['idle-timeout=30m', { idleMs: 1_800_000 }, 'the session ends after 30 minutes without input or output'],
    ['max-joiners=10', { maxJoiners: 10 }, 'at most 10 people may be in the session at once'],
    ['readers-only=true', { readersOnly: true }, 'everyone who joins may only watch'],
    ['readers-only=ON', { readersOnly: true }, 'everyone who joins may only watch'],
    ['web=off', { web: false }, 'nobody can join in a browser'],
    ['approve=yes', { approve: true }, 'you will be asked to approve each joiner'],
  ])('%s', (pair, rules, text) => {
    const { builder, told } = set(pair);
    expect(builder.policy).toEqual({ ...OPEN_POLICY, ...rules });
    expect(told).toEqual([`tmate-set ${pair.split('=', 1)[0]}: ${text}`]);
  });

  it.each(['expires=off', 'idle-timeout=no', 'max-joiners=off', 'readers-only=false', 'web=on', 'approve=off'])(
    'takes back what was asked before: %s',
    (pair) => {
      const [name] = pair.split('=', 1);
      const before = { expires: '1h', 'idle-timeout': '1h', 'max-joiners': '2', web: 'off' }[name ?? ''] ?? 'true';
      const { builder } = set(`${name}=${before}`);
      expect(builder.policy).not.toEqual(OPEN_POLICY);
      builder.set('tmate-set', pair);
      expect(builder.policy).toEqual(OPEN_POLICY);
    },
  );

  it.each([
    'expires=',
    'expires=2',
    'expires=31d',
    'expires=0s',
    'idle-timeout=-1m',
    'max-joiners=0',
    'max-joiners=1e2',
  ])('changes nothing if a value is invalid, and says so: %s', (pair) => {
    const { builder, told } = set(pair);
    expect(builder.policy).toEqual(OPEN_POLICY);
    expect(told).toEqual([expect.stringMatching(/: expected .*: it stays unchanged$/)]);
  });

  it.each([
    ['web=maybe', { web: false }],
    ['approve=', { approve: true }],
    ['readers-only=ture', { readersOnly: true }],
    ['password=', { password: '!' }],
    [`password=${'ü'.repeat(129)}`, { password: '!' }],
  ])('is strict where a typing error would lift a restriction: %s', (pair, rules) => {
    const { builder, told } = set(pair);
    expect(builder.policy).toEqual({ ...OPEN_POLICY, ...rules });
    expect(builder.takePassword()).toBeUndefined();
    expect(told).toHaveLength(1);
  });

  it('names what there is to whoever asks for something else', () => {
    const { builder, told } = set('passwort=geheim');
    expect(builder.policy).toEqual(OPEN_POLICY);
    expect(told[0]).toContain('does not know "passwort"');
    for (const name of WISH_NAMES) expect(told[0]).toContain(name);
  });

  it('never throws, says one thing for each, and makes policies that read back as they were', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('true', 'off', '2h', '5', 'OFF', ' on '),
      fc.nat(2000).map(String),
      fc.tuple(fc.nat(100_000), fc.constantFrom('s', 'm', 'h', 'd')).map(([n, unit]) => `${n}${unit}`),
    );
    const pair = fc.tuple(fc.oneof(fc.constantFrom(...WISH_NAMES), fc.string()), value);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 12 }), (pairs) => {
        const builder = new PolicyBuilder();
        for (const [name, text] of pairs) {
          const told = builder.set('tmate-set', `${name}=${text}`);
          expect(told.length).toBeLessThanOrEqual(1);
          if (WISH_NAMES.includes(name)) expect(told).toHaveLength(1);
          for (const one of told) expect(one).not.toMatch(/[^\x20-\x7e]/);
        }
        expect(readPolicy(writePolicy(builder.policy))).toEqual(builder.policy);
      }),
    );
  });

  it('never repeats a value: it may be a secret', () => {
    fc.assert(
      fc.property(fc.constantFrom('password', 'approve', 'web', 'expires'), fc.uuid(), (name, secret) => {
        expect(readWish(name, secret).told).not.toContain(secret);
      }),
    );
  });
});

describe('a written policy with rules', () => {
  it.each([
    '{"v":1,"password":"plain"}',
    '{"v":1,"expiresMs":0}',
    '{"v":1,"expiresMs":"2h"}',
    '{"v":1,"maxJoiners":1.5}',
    '{"v":1,"web":"off"}',
    '{"v":1,"approve":1}',
    '{"v":1,"constructor":true}',
  ])('is refused where a rule is not understood: %s', (text) => {
    expect(() => readPolicy(text)).toThrow("the session's policy cannot be read");
  });
});
