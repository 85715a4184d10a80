import { ShipmateError } from '#kernel';
import type { NameClaim, NewSession, Page, SessionPatch } from './records.js';

/** A `user/name`: twice 50 characters and the slash. */
export const MAX_NAME_LENGTH = 101;
export const MAX_POLICY_LENGTH = 256 * 1024;
export const MAX_LABELS = 16;
export const MAX_LABEL_LENGTH = 256;
export const MAX_REASON_LENGTH = 512;
export const MAX_PAGE = 1_000;
/** Sessions that one call of `verify` may name. */
export const MAX_VERIFY = 1_000;
/** Ids, regions, hosts, URLs. */
const MAX_FIELD_LENGTH = 512;

const within = (what: string, length: number, limit: number): void => {
  if (length > limit) throw new ShipmateError('limit', `${what} may not be longer than ${limit}`);
};

/** Throws `limit` if something is too large to store; every implementation calls it before it writes. */
export function checkSession(session: NewSession): void {
  const { addresses } = session;
  for (const field of [session.id, session.region, addresses.sshHost, addresses.webUrl]) {
    within('a field of a session', field.length, MAX_FIELD_LENGTH);
  }
  checkPatch(session);
}

/** Like `checkSession`, for an owner's changes. */
export function checkPatch({ policy, labels }: SessionPatch): void {
  if (policy !== undefined) within('a policy', policy.length, MAX_POLICY_LENGTH);
  if (labels === undefined) return;
  within('the list of labels', Object.keys(labels).length, MAX_LABELS);
  for (const text of Object.entries(labels).flat()) within('a label', text.length, MAX_LABEL_LENGTH);
}

/** Like `checkSession`, for a claim of a name; libs/access decides whether the name is well-formed. */
export function checkNameClaim({ name }: NameClaim): void {
  within('a name', name.length, MAX_NAME_LENGTH);
}

/** A reason may quote a peer: it is cut rather than refused, because the session must end. */
export function cutReason(reason: string): string {
  return reason.slice(0, MAX_REASON_LENGTH);
}

/** The size of the page; throws `limit` if it is invalid. */
export function pageLimit({ limit }: Pick<Page, 'limit'>): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new ShipmateError('limit', `a page has 1 to ${MAX_PAGE} entries`);
}
