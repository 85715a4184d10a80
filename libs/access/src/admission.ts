import { admits, type AuthorizedKey, type OfferedKey } from '#keys';
import type { Refusal } from './admission/admit.js';
import type { SessionPolicy } from './policy/session-policy.js';

export type KeyAdmission =
  | { readonly allowed: true; readonly key: AuthorizedKey | undefined }
  | { readonly allowed: false; readonly refusal: Refusal };

/** Whether a session's keys let somebody in; `offered` is undefined while no key was shown. */
export function mayJoin({ authorizedKeys: keys }: SessionPolicy, offered: OfferedKey | undefined): KeyAdmission {
  if (keys === undefined) return { allowed: true, key: undefined };
  if (offered === undefined) return { allowed: false, refusal: { reason: 'key-required' } };
  const verdict = admits(keys, { ...offered, terminal: true });
  return verdict.admitted ? { allowed: true, key: verdict.key } : { allowed: false, refusal: verdict.fault };
}
