import { createHash } from 'node:crypto';
import type { NameWish } from '#access';
import type { HostIntroduction } from '#session';

/** The label by which a session's host is known again. */
export const HOST_LABEL = 'host';

/** What a host shows of itself. */
type Shown = Pick<HostIntroduction, 'link' | 'model'>;

/**
 * What tells that two sessions are of the same host: the SSH key that it has proved to hold or, as most servers ask for none, its
 * API key on the same machine. Undefined where it has shown neither. A hash: it may be written down.
 */
export function hostMark({ link, model }: Shown, { apiKey }: NameWish): string | undefined {
  const facts = link.key ?? (apiKey === '' ? undefined : `${apiKey} ${model.uname?.nodename ?? ''}`);
  return facts && createHash('sha256').update(`host ${facts}`).digest('base64url');
}
