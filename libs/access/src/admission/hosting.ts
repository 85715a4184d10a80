import { ShipmateError } from '#kernel';
import { admits, type AuthorizedKey, type OfferedKey } from '#keys';
import type { SessionPolicy } from '../policy/session-policy.js';
import type { Refusal } from './admit.js';

/** Why somebody may not host; undefined if they may. If the operator lists no keys, everyone may. */
export function hostingFault(
  hostKeys: readonly AuthorizedKey[] | undefined,
  offered: OfferedKey | undefined,
): Refusal | undefined {
  if (hostKeys === undefined) return undefined;
  if (offered === undefined) return { reason: 'key-required' };
  const verdict = admits(hostKeys, offered);
  return verdict.admitted ? undefined : verdict.fault;
}

/** Throws `forbidden` if a host brings no authorized keys and the server requires them. */
export function checkHostPolicy(policy: SessionPolicy, required: { readonly authorizedKeys: boolean }): void {
  if (!required.authorizedKeys || (policy.authorizedKeys?.length ?? 0) > 0) return;
  throw new ShipmateError('forbidden', 'This server requires hosts to bring authorized keys: tmate -a FILE');
}
