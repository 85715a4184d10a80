import { ShipmateError } from '#kernel';
import { admits, type AuthorizedKey, type OfferedKey } from '#keys';
import type { SessionPolicy } from '../policy/session-policy.js';
import type { Refusal } from './admit.js';

/** Why somebody may not host; undefined: they may. Everybody may where the operator names no keys. */
export function hostingFault(
  hostKeys: readonly AuthorizedKey[] | undefined,
  offered: OfferedKey | undefined,
): Refusal | undefined {
  if (hostKeys === undefined) return undefined;
  if (offered === undefined) return { reason: 'key-required' };
  const verdict = admits(hostKeys, offered);
  return verdict.admitted ? undefined : verdict.fault;
}

/** Refuses with `forbidden` a host that brings no authorized keys to a server that wants them. */
export function checkHostPolicy(policy: SessionPolicy, required: { readonly authorizedKeys: boolean }): void {
  if (!required.authorizedKeys || (policy.authorizedKeys?.length ?? 0) > 0) return;
  throw new ShipmateError('forbidden', 'This server requires hosts to bring authorized keys: tmate -a FILE');
}
