import { isShipmateError, type Clock } from '#kernel';
import { parseJoinKey, readPolicy, type JoinKey } from '#access';
import { hashToken, type Directory, type SessionRecord } from '#directory';

/** What a link leads to, for somebody who only asks. */
export type LinkTarget =
  | { readonly kind: 'open' | 'keys-required'; readonly record: SessionRecord }
  | { readonly kind: 'closed'; readonly record: SessionRecord; readonly agoMs: number }
  | { readonly kind: 'unknown' };

/** Looks up what a token or name leads to, wherever it lives. */
export async function lookUpLink(directory: Directory, clock: Clock, given: string | undefined): Promise<LinkTarget> {
  const key = given === undefined ? undefined : joinKey(given);
  if (key === undefined) return { kind: 'unknown' };
  const lookup =
    key.kind === 'token'
      ? await directory.lookupByTokenHash(hashToken(key.token))
      : await directory.lookupByName(key.name);
  if (lookup === undefined) return { kind: 'unknown' };
  const { session: record, state } = lookup;
  if (state === 'closed') {
    return { kind: 'closed', record, agoMs: Math.max(0, clock.now() - (record.closedAt ?? clock.now())) };
  }
  return { kind: readPolicy(record.policy).authorizedKeys === undefined ? 'open' : 'keys-required', record };
}

function joinKey(given: string): JoinKey | undefined {
  try {
    return parseJoinKey(given);
  } catch (error) {
    if (isShipmateError(error, 'not-found')) return undefined;
    throw error;
  }
}
