import { describe, expect, it } from 'vitest';
import { NO_POLICY, rulesFor, type Identity } from '#access';
import { withSignIn } from './sign-in-demands.js';

const ANN: Identity = { provider: 'corp', subject: 'ann', name: 'ann', groups: [], proved: 'sign-in', until: 1 };

describe('an operator who demands that people sign in', () => {
  const policy = {
    mayHost: () => true,
    rulesFor: () => rulesFor(NO_POLICY, undefined),
    onChange: () => ({ dispose: () => undefined }),
  };

  it('demands it of every session, whatever the policy says', () => {
    expect(withSignIn(policy, 'optional').rulesFor(undefined).signIn).toBe(false);
    expect(withSignIn(policy, 'joiners').rulesFor(undefined)).toEqual({ ...policy.rulesFor(), signIn: true });
    expect(withSignIn(policy, 'joiners').mayHost(undefined)).toBe(true);
    expect(withSignIn(policy, 'everyone').mayHost(undefined)).toBe(false);
    expect(withSignIn(policy, 'everyone').mayHost(ANN)).toBe(true);
  });
});
