import type { SessionRules } from './tmate-set-options.js';
import { least, most, type OperatorRules, type Requirements } from './operator-rules.js';
import type { SessionPolicy } from './session-policy.js';

/** A host's policy, made as strict as the operator demands; where the host is stricter, it stays so. */
export function stricter(policy: SessionPolicy, demanded: Requirements): SessionPolicy {
  const { people, addresses, hours, bareTokens } = demanded;
  const own: OperatorRules = {
    ...(people && { people }),
    ...(addresses && { addresses }),
    ...(hours && { hours }),
    ...(bareTokens === false && { bareTokens }),
  };
  const rules: Partial<SessionRules> = {
    signIn: policy.signIn || demanded.signIn,
    approve: policy.approve || demanded.approve,
    approvals: most(policy.approvals, demanded.approvals),
    readersOnly: policy.readersOnly || demanded.readersOnly,
    web: policy.web && demanded.web,
    moderated: policy.moderated || demanded.moderated,
    expiresMs: least(policy.expiresMs, demanded.expiresMs),
    idleMs: least(policy.idleMs, demanded.idleMs),
    seatLockMs: least(policy.seatLockMs, demanded.seatLockMs),
    maxJoiners: least(policy.maxJoiners, demanded.maxJoiners),
  };
  return { ...policy, ...rules, ...(Object.keys(own).length > 0 && { operator: own }) };
}
