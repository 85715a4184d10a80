import { describe, expect, it } from 'vitest';
import { parseAuthorizedKey, type AuthorizedKey } from '#keys';
import { ECDSA_256, ED25519 } from '#keys/fixtures';
import { LOCKED_PASSWORD } from './password.js';
import { changedRights, rightsInWords } from './rights-in-words.js';
import { OPEN_POLICY, PolicyBuilder, type SessionPolicy } from './session-policy.js';

const key = (line: string): AuthorizedKey => {
  const found = parseAuthorizedKey(line).key;
  if (found === undefined) throw new Error('no key');
  return found;
};
const policy = (patch: Partial<SessionPolicy>): SessionPolicy => ({ ...OPEN_POLICY, ...patch });

describe('rights in words', () => {
  it('are empty for a host that asks for nothing', () => {
    expect(rightsInWords(OPEN_POLICY)).toEqual({});
    expect(changedRights(OPEN_POLICY, OPEN_POLICY)).toEqual({});
  });

  it('have the names that tmate-set has', () => {
    const builder = new PolicyBuilder();
    const settings = [
      'expires=2h',
      'idle-timeout=90s',
      'seat-lock=10m',
      'max-joiners=10',
      'readers-only=true',
      'web=off',
      'approve=true',
    ];
    for (const setting of settings) builder.set('tmate-set', setting);
    builder.set('tmate-set', `authorized_keys=${ED25519}`);
    expect(rightsInWords(builder.policy)).toEqual({
      expires: '2 hours',
      'idle-timeout': '90 seconds',
      'seat-lock': '10 minutes',
      'max-joiners': '10',
      'readers-only': 'true',
      web: 'false',
      approve: 'true',
      'authorized-keys': '1',
    });
  });

  it('say of a password that there is one, and nothing of it', () => {
    const [one, other] = [policy({ password: 'scrypt$one' }), policy({ password: 'scrypt$other' })];
    expect(rightsInWords(one)).toEqual({ password: 'set' });
    expect(changedRights(OPEN_POLICY, one)).toEqual({ password: 'set' });
    expect(changedRights(one, other)).toEqual({ password: 'set' });
    expect(changedRights(one, policy({ password: LOCKED_PASSWORD }))).toEqual({ password: 'locked' });
    expect(changedRights(one, OPEN_POLICY)).toEqual({ password: 'off' });
  });

  it('report other keys, even if there are as many', () => {
    const [one, other] = [ED25519, ECDSA_256].map((line) => policy({ authorizedKeys: [key(line)] }));
    if (one === undefined || other === undefined) throw new Error('no policy');
    expect(changedRights(one, other)).toEqual({ 'authorized-keys': '1' });
    expect(changedRights(one, one)).toEqual({});
    expect(changedRights(one, policy({ authorizedKeys: [] }))).toEqual({ 'authorized-keys': '0' });
    expect(changedRights(one, OPEN_POLICY)).toEqual({ 'authorized-keys': 'off' });
    expect(JSON.stringify(changedRights(OPEN_POLICY, one))).not.toContain('AAAA');
  });

  it('write out who is allowed, if that is short', () => {
    const builder = new PolicyBuilder(new Set(['github']));
    builder.set('tmate-set', 'allow=ann@example.org:type,group:sre:look,github:bob:moderate');
    builder.set('tmate-set', 'sign-in=on');
    const allow = 'ann@example.org:type, group:sre:look, github:bob:moderate';
    expect(rightsInWords(builder.policy)).toEqual({ allow, 'sign-in': 'true' });
    const rule = { who: { by: 'name', value: 'x'.repeat(190) }, may: 'look' } as const;
    const [three, other] = [[rule, rule, rule] as const, [rule, rule, { ...rule, may: 'type' }] as const];
    expect(changedRights(policy({ allow: three }), policy({ allow: other }))).toEqual({ allow: '3 rules' });
    expect(changedRights(policy({ allow: three }), policy({ allow: [] }))).toEqual({ allow: 'nobody' });
    expect(changedRights(builder.policy, OPEN_POLICY)).toEqual({ allow: 'off', 'sign-in': 'false' });
  });

  it('are only what is different', () => {
    const before = policy({ maxJoiners: 2, readersOnly: true });
    expect(changedRights(before, policy({ maxJoiners: 3, readersOnly: true, foreground: true }))).toEqual({
      'max-joiners': '3',
    });
    expect(changedRights(before, policy({ maxJoiners: 2 }))).toEqual({ 'readers-only': 'false' });
    const strict = policy({ web: false, approve: true, approvals: 2, expiresMs: 1000 });
    const lifted = { web: 'true', approve: 'false', approvals: 'off', expires: 'off' };
    expect(changedRights(strict, OPEN_POLICY)).toEqual(lifted);
  });
});
