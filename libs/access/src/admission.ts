import { ShipmateError } from '#kernel';
import { admits, type AuthorizedKey, type KeyFault, type OfferedKey, shown } from '#keys';
import type { SessionPolicy } from './policy/session-policy.js';

/** Why somebody is not let in. */
export type Refusal = KeyFault | { readonly reason: 'key-required' };

export type Admission =
  | { readonly allowed: true; readonly key: AuthorizedKey | undefined }
  | { readonly allowed: false; readonly refusal: Refusal };

/**
 * Whether somebody who presented a right token may join. Both roles need a key where the host asked for keys: a reader
 * sees what a writer sees. `offered` is undefined while no key was shown. The transport asks once for each key that it is
 * offered and must not take an offer for a proof: the signature is its own to check.
 */
export function mayJoin({ authorizedKeys }: SessionPolicy, offered: OfferedKey | undefined): Admission {
  return byKeys(authorizedKeys, offered && { ...offered, terminal: true });
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

/** What a refused joiner or host is told: only who has the right token, or wants to host, gets so far. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'certificate-expired':
      return `Your certificate expired at ${timeText(refusal.at)}`;
    case 'certificate-early':
      return `Your certificate is not valid before ${timeText(refusal.at)}`;
    case 'certificate-option':
      return `Your certificate has the critical option "${shown(refusal.option)}", which is not known here`;
    default:
      return TEXTS[refusal.reason];
  }
}

type PlainReason = Exclude<Refusal['reason'], 'certificate-expired' | 'certificate-early' | 'certificate-option'>;

const TEXTS: Readonly<Record<PlainReason, string>> = {
  'key-required': 'This needs an SSH key: none was offered',
  'key-unknown': 'Only certain SSH keys may do this',
  'key-expired': 'Your SSH key has expired here',
  'key-address': 'Your SSH key may not be used from your address',
  'key-unverified': 'Your security key must verify you here, by its PIN or your finger',
  'authority-expired': 'The CA of your certificate has expired here',
  'certificate-kind': 'Your certificate is one for hosts, not for users',
  'certificate-principals': 'Your certificate names nobody who may do this',
  'certificate-address': 'Your certificate may not be used from your address',
  'certificate-command': 'Your certificate is for one command only, and this is a shared shell',
  'certificate-terminal': 'Your certificate does not permit a terminal (permit-pty)',
};

/** To the second, which is what certificates count in. */
function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'a time far away' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function byKeys(keys: readonly AuthorizedKey[] | undefined, offered: OfferedKey | undefined): Admission {
  if (keys === undefined) return { allowed: true, key: undefined };
  if (offered === undefined) return { allowed: false, refusal: { reason: 'key-required' } };
  const verdict = admits(keys, offered);
  return verdict.admitted ? { allowed: true, key: verdict.key } : { allowed: false, refusal: verdict.fault };
}
