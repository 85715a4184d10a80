import type { EdgeDeps } from '#fleet';
import type { SignInConfig } from '#platform';

/** What the operator demands of hosts and of their sessions. */
export type OperatorDemands = NonNullable<EdgeDeps['operator']>;

/** What the operator demands by their policy and by `SHIPMATE_SIGN_IN`. */
export function withSignIn(policy: OperatorDemands, required: SignInConfig['required']): OperatorDemands {
  if (required === 'optional') return policy;
  return {
    mayHost: (host) => (required !== 'everyone' || host !== undefined) && policy.mayHost(host),
    rulesFor: (host) => ({ ...policy.rulesFor(host), signIn: true }),
    onChange: (listener) => policy.onChange(listener),
  };
}
