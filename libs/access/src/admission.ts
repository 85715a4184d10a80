import { ShipmateError } from '#kernel';
import { admits, type AuthorizedKey, type KeyVerdict, type OfferedKey } from './authorized-keys.js';
import type { SessionPolicy } from './session-policy.js';

/** Why somebody is not let in; metric labels. */
export type Refusal = Extract<KeyVerdict, { admitted: false }>['reason'] | 'key-required';

export type Admission =
  | { readonly allowed: true; readonly key: AuthorizedKey | undefined }
  | { readonly allowed: false; readonly reason: Refusal };

/**
 * Whether somebody who presented a right token may join. Both roles need a key where the host asked for keys: a reader
 * sees what a writer sees. `offered` is undefined while no key was shown. The transport asks once for each key that it is
 * offered and must not take an offer for a proof: the signature is its own to check.
 */
export function mayJoin({ authorizedKeys }: SessionPolicy, offered: OfferedKey | undefined): Admission {
  return byKeys(authorizedKeys, offered);
}

/** Whether somebody may host: anybody, where the operator names no keys. */
export function mayHost(hostKeys: readonly AuthorizedKey[] | undefined, offered: OfferedKey | undefined): Admission {
  return byKeys(hostKeys, offered);
}

/** Refuses with `forbidden` a host that brings no authorized keys to a server that wants them. */
export function checkHostPolicy(policy: SessionPolicy, required: { readonly authorizedKeys: boolean }): void {
  if (!required.authorizedKeys || (policy.authorizedKeys?.length ?? 0) > 0) return;
  throw new ShipmateError('forbidden', 'This server takes hosts with authorized keys only: tmate -a FILE');
}

/** What a refused joiner or host is told. */
export const REFUSAL_TEXT: Readonly<Record<Refusal, string>> = {
  'key-required': 'This needs an SSH key: none was offered',
  'key-unknown': 'None of your SSH keys may do this',
  'key-expired': 'Your SSH key has expired here',
  'key-address': 'Your SSH key may not be used from your address',
};

function byKeys(keys: readonly AuthorizedKey[] | undefined, offered: OfferedKey | undefined): Admission {
  if (keys === undefined) return { allowed: true, key: undefined };
  if (offered === undefined) return { allowed: false, reason: 'key-required' };
  const verdict = admits(keys, offered);
  return verdict.admitted ? { allowed: true, key: verdict.key } : { allowed: false, reason: verdict.reason };
}
