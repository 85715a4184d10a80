import type { z } from 'zod';
import { personText, readPolicy, type Invitation, type SentAway, type SessionLock } from '#access';
import { isShipmateError } from '#kernel';
import type { Person, WaitingPerson } from '#control';
import type { SessionView } from '#directory';
import type { Session } from './schemas.js';

export const iso = (ms: number): string => new Date(ms).toISOString();

/** A session as the API shows it: never a token, not even its hash. */
export function toSession({ session, state, home, reconnectingSince }: SessionView): z.output<typeof Session> {
  const { id, region, labels, createdAt, closedAt, closeReason, generation } = session;
  return {
    id,
    state,
    region,
    edge: home?.id,
    user: labels['user'],
    address: labels['address'],
    clientVersion: labels['clientVersion'],
    createdAt: iso(createdAt),
    reconnectingSince: reconnectingSince === undefined ? undefined : iso(reconnectingSince),
    closedAt: closedAt === undefined ? undefined : iso(closedAt),
    closeReason,
    generation,
  };
}

/** How a session is locked, as far as this release understands its rules. */
export function lockOf({ session: { policy } }: Pick<SessionView, 'session'>): SessionLock | undefined {
  try {
    return readPolicy(policy).locked;
  } catch (error) {
    if (isShipmateError(error)) return undefined;
    throw error;
  }
}

/** Somebody who is in a session. */
export function toParticipant({ since, ...person }: Person) {
  return { ...toPerson(person), since: since === undefined ? undefined : iso(since) };
}

function toPerson({ id, role, transport, address, key, certificate, ...person }: Person) {
  const { name, provider, subject, proved, moderator, locked } = person;
  const who = { name, provider, subject, proved, moderator, locked };
  return { id: String(id), role, transport, address, key, certificate, ...who };
}

/** An entry for somebody who is kept away, or may only watch. */
export function toBan(entry: SentAway) {
  const { may, until } = entry;
  return { who: personText(entry), may, until: until === undefined ? undefined : iso(until) };
}

/** An invitation, without its token. */
export function toInvitation({ id, name, role, until, uses, used }: Invitation) {
  return { id, name, role, until: until === undefined ? undefined : iso(until), uses, used };
}

/** Somebody who waits to be let in. */
export function toWaiting({ since, agreed = [], needed = 1, ...person }: WaitingPerson) {
  return { ...toPerson(person), since: iso(since), agreed: [...agreed], needed };
}

/** A page's answer: there is a next one when this one is full. */
export function paged<T, R>(
  found: readonly T[],
  limit: number,
  key: (item: T) => string,
  show: (item: T) => R,
): { items: R[]; next: string | undefined } {
  const last = found.at(-1);
  return { items: found.map(show), next: last === undefined || found.length < limit ? undefined : key(last) };
}
