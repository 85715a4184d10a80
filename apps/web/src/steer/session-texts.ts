import { durationText } from '#kernel';

/** Somebody in a session, or waiting to be let in, as the API describes them. */
export interface Person {
  readonly id: string;
  readonly role: 'writer' | 'reader';
  readonly transport: 'ssh' | 'web';
  readonly address: string;
  readonly key?: string;
  readonly certificate?: string;
  readonly name?: string;
  readonly proved?: string;
  readonly since?: string;
  /** Their terminal is locked. */
  readonly locked?: boolean;
}

/** Somebody who waits to be let in. */
export interface WaitingPerson extends Person {
  /** Who has agreed so far, and how many different people must. */
  readonly agreed?: readonly string[];
  readonly needed?: number;
}

/** A session, as the API describes it. */
export interface Session {
  readonly id: string;
  readonly state: 'live' | 'reconnecting' | 'closed';
  readonly region: string;
  readonly edge?: string;
  readonly user?: string;
  readonly address?: string;
  readonly clientVersion?: string;
  readonly createdAt: string;
  readonly reconnectingSince?: string;
  readonly closedAt?: string;
  readonly closeReason?: string;
}

/** How a session is locked: nobody types, or nobody sees it either. */
export type SessionLock = 'typing' | 'all';

/** A session with its people. */
export interface SessionDetails extends Session {
  /** What nobody but the host may do; undefined: it is not locked. */
  readonly locked?: SessionLock;
  readonly participants: readonly Person[];
}

/** Somebody who is kept away, or may only watch. */
export interface Ban {
  readonly who: string;
  readonly may: 'nothing' | 'look';
  readonly until?: string;
}

/** An invitation of one person. */
export interface Invitation {
  readonly id: string;
  readonly name: string;
  readonly role: Person['role'];
  readonly until?: string;
  readonly uses: number;
  readonly used: number;
}

/** What an invitation is for, and what is left of it. */
export function invitationText({ role, until, uses, used }: Invitation, now: number): string {
  const left = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until) - now;
  const what = role === 'writer' ? 'may type' : 'may watch';
  const use = uses === 1 ? (used === 0 ? 'not used yet' : 'used') : `used ${used} of ${uses} times`;
  if (left <= 0) return `${what} · ${use} · over`;
  return Number.isFinite(left) ? `${what} · ${use} · for another ${durationText(left)}` : `${what} · ${use}`;
}

/** Numbers people in the order in which they came, for as long as the page is open: `Mate 2` stays the same person. */
export class MateNumbers {
  readonly #numbers = new Map<string, number>();

  /** Gives numbers to those who have none. */
  meet(people: readonly Person[]): void {
    for (const { id } of people) if (!this.#numbers.has(id)) this.#numbers.set(id, this.#numbers.size + 1);
  }

  nameOf({ id, name }: Person): string {
    return name ?? `Mate ${this.#numbers.get(id) ?? '?'}`;
  }
}

/** What somebody may do. */
export const roleText = ({ role }: Person): string => (role === 'writer' ? 'types' : 'watches');

const PROVED: Readonly<Record<string, string>> = {
  'sign-in': 'signed in',
  'remembered-key': 'known by key',
  machine: 'a machine',
  invitation: 'invited',
};

/** How and from where somebody came, and for how long they have been there. */
export function personText(
  { transport, address, certificate, key, proved, since, locked }: Person,
  now: number,
): string {
  const by = certificate ?? (key === undefined ? undefined : `key ${shortKey(key)}`);
  return [
    transport === 'web' ? 'browser' : 'ssh',
    address,
    by,
    proved === undefined ? undefined : (PROVED[proved] ?? proved),
    since === undefined ? undefined : `for ${durationText(now - Date.parse(since))}`,
    locked === true ? 'locked' : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** The beginning of a fingerprint: enough to compare. */
const shortKey = (key: string): string => (key.length > 19 ? `${key.slice(0, 18)}…` : key);

const CLOSED: Readonly<Record<string, string>> = {
  operator: 'It was closed.',
  expired: 'It expired.',
};

/** What a session is doing, in a word and a sentence. */
export function stateOf(
  session: Session,
  now: number,
): { mood: 'good' | 'busy' | 'over'; short: string; more: string } {
  const age = durationText(now - Date.parse(session.createdAt));
  switch (session.state) {
    case 'live':
      return { mood: 'good', short: 'Live', more: `for ${age}` };
    case 'reconnecting': {
      const since = durationText(now - Date.parse(session.reconnectingSince ?? session.createdAt));
      return { mood: 'busy', short: 'The host is away', more: `for ${since}; the session waits` };
    }
    case 'closed':
      return { mood: 'over', short: 'Ended', more: CLOSED[session.closeReason ?? ''] ?? '' };
  }
}

/** What a lock keeps people from. */
export function lockText(lock: SessionLock | undefined): string {
  if (lock === undefined) return 'Not locked.';
  return lock === 'typing' ? 'Locked: only the host types.' : 'Locked: only the host types, and nobody else sees it.';
}

/** What somebody wants who waits, and how many have agreed, where several people must. */
export function wishText({ role, agreed = [], needed = 1 }: WaitingPerson): string {
  const wish = role === 'writer' ? 'wants to type' : 'wants to watch';
  return needed > 1 ? `${wish} · ${agreed.length} of ${needed} agreed` : wish;
}

/** What a ban does, and until when. */
export function banText({ may, until }: Ban, now: number): string {
  const what = may === 'nothing' ? 'may not join' : 'may only watch';
  return until === undefined ? what : `${what}, for another ${durationText(Date.parse(until) - now)}`;
}
