import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPEN_POLICY, PolicyBuilder, readPolicy, writePolicy } from '#access';
import { readSetting, SETTING_NAMES } from './tmate-set-options.js';

const RULES = [
  { who: { by: 'name', value: 'Ann@example.org' }, may: 'type' },
  { who: { by: 'group', value: 'SRE' }, may: 'look' },
  { who: { by: 'provider-user', value: 'github:bob' }, may: 'moderate' },
] as const;

const set = (pair: string): { builder: PolicyBuilder; told: readonly string[] } => {
  const builder = new PolicyBuilder(new Set(['github', 'ann']));
  return { builder, told: builder.set('tmate-set', pair) };
};

describe('what a host may ask for', () => {
  it.each([
    ['expires=2h', { expiresMs: 7_200_000 }, 'the session ends 2 hours after it began'],
    ['expires=90s', { expiresMs: 90_000 }, 'the session ends 90 seconds after it began'],
    ['expires=30d', { expiresMs: 2_592_000_000 }, 'the session ends 30 days after it began'],
    ['idle-timeout=30m', { idleMs: 1_800_000 }, 'the session ends after 30 minutes without input or output'],
    ['seat-lock=10m', { seatLockMs: 600_000 }, "a joiner's terminal locks after 10 minutes without a key"],
    ['max-joiners=10', { maxJoiners: 10 }, 'at most 10 people may be in the session at once'],
    ['readers-only=true', { readersOnly: true }, 'everyone who joins may only watch'],
    ['readers-only=ON', { readersOnly: true }, 'everyone who joins may only watch'],
    ['web=off', { web: false }, 'nobody can join in a browser'],
    ['approve=yes', { approve: true }, 'you will be asked to approve each joiner'],
    ['approvals=1', { approve: true }, 'one person must approve each joiner'],
    ['approvals=2', { approve: true, approvals: 2 }, '2 different people must approve each joiner'],
    ['sign-in=on', { signIn: true }, 'joiners must sign in'],
    [
      'allow=Ann@example.org:type, group:SRE:look,github:bob:moderate',
      { allow: RULES },
      'only the people you named can join: 1 may look, 1 may type, 1 may moderate',
    ],
    [
      'allow=group:org:team:look',
      { allow: [{ who: { by: 'group', value: 'org:team' }, may: 'look' }] },
      'only the people you named can join: 1 may look',
    ],
  ])('%s', (pair, rules, text) => {
    const { builder, told } = set(pair);
    expect(builder.policy).toEqual({ ...OPEN_POLICY, ...rules });
    expect(told).toEqual([`tmate-set ${pair.split('=', 1)[0]}: ${text}`]);
  });

  it('asks for one approval again, or for none', () => {
    const { builder } = set('approvals=3');
    builder.set('tmate-set', 'approvals=off');
    expect(builder.policy).toMatchObject({ approve: true, approvals: undefined });
    builder.set('tmate-set', 'approvals=3');
    builder.set('tmate-set', 'approve=off');
    expect(builder.policy).toMatchObject({ approve: false, approvals: undefined });
  });

  it.each([
    'expires=off',
    'idle-timeout=no',
    'seat-lock=off',
    'max-joiners=off',
    'readers-only=false',
    'web=on',
    'approve=off',
    'sign-in=off',
    'allow=off',
  ])('takes back what was asked before: %s', (pair) => {
    const [name] = pair.split('=', 1);
    const before =
      { expires: '1h', 'idle-timeout': '1h', 'seat-lock': '1h', 'max-joiners': '2', web: 'off', allow: 'ann:type' }[
        name ?? ''
      ] ?? 'true';
    const { builder } = set(`${name}=${before}`);
    expect(builder.policy).not.toEqual(OPEN_POLICY);
    builder.set('tmate-set', pair);
    expect(builder.policy).toEqual(OPEN_POLICY);
  });

  it.each([
    'expires=',
    'expires=2',
    'expires=31d',
    'expires=0s',
    'idle-timeout=-1m',
    'seat-lock=soon',
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
    ['approvals=two', { approve: true, approvals: 2 }],
    ['approvals=6', { approve: true, approvals: 2 }],
    ['sign-in=onn', { signIn: true }],
    ['allow=', { allow: [] }],
    ['allow=ann', { allow: [] }],
    ['allow=ann:typ', { allow: [] }],
    ['allow=:type', { allow: [] }],
    ['allow=GitHub:bob:type', { allow: [] }],
    ['allow=ann:type; bob:type', { allow: [{ who: { by: 'provider-user', value: 'ann:type; bob' }, may: 'type' }] }],
    ['readers-only=ture', { readersOnly: true }],
    ['password=', { password: '!' }],
    [`password=${'ü'.repeat(129)}`, { password: '!' }],
  ])('is strict where a typing error would lift a restriction: %s', (pair, rules) => {
    const { builder, told } = set(pair);
    expect(builder.policy).toEqual({ ...OPEN_POLICY, ...rules });
    expect(builder.takePassword()).toBeUndefined();
    expect(told).toHaveLength(1);
  });

  it('says which part of a list makes no sense; the rest counts', () => {
    const { builder, told } = set('allow=github:bob:type,,ann:moderates, group:sre:look');
    expect(builder.policy.allow).toHaveLength(2);
    expect(told[0]).toContain(
      '1 may look, 1 may type; entries that were not understood admit nobody: 2, 3. Expected WHO:',
    );
    const many = set(`allow=${Array.from({ length: 70 }, (_, at) => `u${at}:type`).join(',')}`);
    expect(many.builder.policy.allow).toHaveLength(64);
    expect(many.told[0]).toContain(': 65, 66, 67');
  });

  it('tells the host if nobody can sign in, or not there', () => {
    const nowhere = new PolicyBuilder();
    const fault = 'Nobody can sign in on this server, so nobody can join';
    for (const pair of ['sign-in=on', 'allow=ann:type']) {
      expect(nowhere.set('tmate-set', pair)).toEqual([expect.anything(), fault]);
    }
    for (const pair of ['sign-in=off', 'allow=off']) expect(nowhere.set('tmate-set', pair)).toHaveLength(1);
    expect(set('allow=corp:ann:type, github:bob:look').told[1]).toBe(
      'tmate-set allow: nobody can sign in here with corp',
    );
  });

  it('names what there is to whoever asks for something else', () => {
    const { builder, told } = set('passwort=geheim');
    expect(builder.policy).toEqual(OPEN_POLICY);
    expect(told[0]).toContain('does not know "passwort"');
    for (const name of SETTING_NAMES) expect(told[0]).toContain(name);
  });

  it('never throws, says one thing for each, and makes policies that read back as they were', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('true', 'off', '2h', '5', 'OFF', ' on ', 'ann:type, group:x:look, y', 'github:bob:moderate'),
      fc.nat(2000).map(String),
      fc.tuple(fc.nat(100_000), fc.constantFrom('s', 'm', 'h', 'd')).map(([n, unit]) => `${n}${unit}`),
    );
    const pair = fc.tuple(fc.oneof(fc.constantFrom(...SETTING_NAMES), fc.string()), value);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 12 }), (pairs) => {
        const builder = new PolicyBuilder(new Set(['github']));
        for (const [name, text] of pairs) {
          const told = builder.set('tmate-set', `${name}=${text}`);
          expect(told.length).toBeLessThanOrEqual(name === 'allow' ? 2 : 1);
          if (SETTING_NAMES.includes(name)) expect(told[0]).toBeDefined();
          for (const one of told) expect(one).not.toMatch(/[^\x20-\x7e]/);
        }
        expect(readPolicy(writePolicy(builder.policy))).toEqual(builder.policy);
      }),
    );
  });

  it('never repeats a value: it may be a secret', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('password', 'approve', 'web', 'expires', 'sign-in', 'allow'),
        fc.uuid(),
        (name, secret) => {
          expect(readSetting(name, secret).told).not.toContain(secret);
        },
      ),
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
    '{"v":1,"approvals":6}',
    '{"v":1,"constructor":true}',
  ])('is refused where a rule is not understood: %s', (text) => {
    expect(() => readPolicy(text)).toThrow("the session's policy cannot be read");
  });
});
