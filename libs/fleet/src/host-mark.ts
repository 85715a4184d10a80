import { createHash } from 'node:crypto';
import type { NameRequest } from '#access';
import type { HostIntroduction } from '#session';

/** The label that identifies a session's host when it comes back. */
export const HOST_LABEL = 'host';

/** How a host identifies itself. */
type Shown = Pick<HostIntroduction, 'link' | 'model'>;

/**
 * What two sessions of the same host share: the SSH key that it has proved to hold or, since most servers ask for no key, its API
 * key and the name of its machine. Undefined if it has shown neither. It is a hash, so that it can be stored.
 */
export function hostMark({ link, model }: Shown, { apiKey }: NameRequest): string | undefined {
  const facts = link.key ?? (apiKey === '' ? undefined : `${apiKey} ${model.uname?.nodename ?? ''}`);
  return facts && createHash('sha256').update(`host ${facts}`).digest('base64url');
}
