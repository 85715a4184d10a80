import type { EdgeDeps } from '#fleet';
import type { SignInConfig } from '#platform';

type OperatorDemands = NonNullable<EdgeDeps['operator']>;

/** What the operator demands by their policy and by `SHIPMATE_SIGN_IN`. */
export function withSignIn(policy: OperatorDemands, required: SignInConfig['required']): OperatorDemands {
  if (required === 'optional') return policy;
  return {
    mayHost: (host) => policy.mayHost(host),
    rulesFor: (host) => ({ ...policy.rulesFor(host), signIn: true }),
    onChange: (listener) => policy.onChange(listener),
  };
}
