import { z } from 'zod';
import { inCidrs, isCidr } from '#address';
import { shown } from '#keys';
import { boundedText, personId, type Identity } from '../admission/identity.js';
import { readPerson } from './sent-away.js';

/** Somebody whom the operator has locked out of every session of the fleet, as a joiner and as a host. */
export interface PersonLock {
  readonly by: 'key' | 'user' | 'person' | 'group' | 'address';
  /** A key's fingerprint, a user's name, `PROVIDER:SUBJECT`, a group's name, an address or a range of them (CIDR). */
  readonly value: string;
  /** Whoever is locked reads it, too. At most `MAX_REASON_BYTES`. */
  readonly reason: string;
  /** In ms since the epoch. */
  readonly since: number;
  /** Until then, in ms since the epoch; undefined: until it is lifted. */
  readonly until?: number | undefined;
}

/** What identifies somebody; a part of their proofs. */
export interface LockFacts {
  readonly address: string;
  readonly keys: readonly { readonly fingerprint: string }[];
  readonly user?: string | undefined;
  readonly identity?: Identity | undefined;
}

/** Locks at the same time: every process has all of them, of 600 bytes each at most. */
export const MAX_PERSON_LOCKS = 1_000;
/** Longest reason of a lock, in bytes. */
export const MAX_REASON_BYTES = 200;
/** Longest name of a group or of a person, in characters. */
const MAX_VALUE = 320;

const GROUP = 'group:';
/** The forms of somebody who is locked. */
const FORMS =
  "an address, a range such as 192.0.2.0/24, a key's SHA256:…, user:NAME, group:NAME, or person:PROVIDER:SUBJECT";

/** Who a lock applies to. */
export type LockWho = Pick<PersonLock, 'by' | 'value'>;

/** Reads who is to be locked; returns a sentence for anything else. */
export function readLockWho(text: string): { readonly who: LockWho } | { readonly fault: string } {
  const trimmed = text.trim();
  const fault = { fault: `"${shown(trimmed)}" is not ${FORMS}` };
  if (trimmed.startsWith(GROUP)) {
    const value = trimmed.slice(GROUP.length);
    return value === '' || value.length > MAX_VALUE ? fault : { who: { by: 'group', value } };
  }
  const read = readPerson(trimmed);
  if ('fault' in read) return trimmed.includes('/') && !trimmed.includes(':') ? read : fault;
  const { by, value } = read.person;
  return by === 'certificate' ? fault : { who: { by, value } };
}

/** Who a lock applies to, as `readLockWho` reads it. */
export const lockWhoText = ({ by, value }: LockWho): string =>
  by === 'key' || by === 'address' ? value : `${by}:${value}`;

const isSame = (one: LockWho, other: LockWho): boolean => one.by === other.by && one.value === other.value;
const isOver = ({ until }: PersonLock, now: number): boolean => until !== undefined && now >= until;

/** The locks of a fleet. Immutable. */
export class PersonLocks {
  readonly #exact: ReadonlyMap<string, PersonLock>;
  readonly #addresses: readonly PersonLock[];

  constructor(readonly all: readonly PersonLock[] = []) {
    this.#exact = new Map(all.filter(({ by }) => by !== 'address').map((lock) => [`${lock.by} ${lock.value}`, lock]));
    this.#addresses = all.filter(({ by }) => by === 'address');
  }

  /** The lock that applies to somebody, at a time; undefined: none does. A sign-in that has expired still says who they are. */
  find({ address, keys, user, identity }: LockFacts, now: number): PersonLock | undefined {
    const known = [
      ...keys.map(({ fingerprint }) => `key ${fingerprint}`),
      ...(user === undefined ? [] : [`user ${user}`]),
      ...(identity === undefined ? [] : [`person ${personId(identity)}`]),
      ...(identity?.groups ?? []).map((group) => `group ${group}`),
    ];
    for (const one of known) {
      const lock = this.#exact.get(one);
      if (lock !== undefined && !isOver(lock, now)) return lock;
    }
    return this.#addresses.find((lock) => !isOver(lock, now) && inCidrs(address, [lock.value]));
  }

  /** Those that are not over. */
  current(now: number): readonly PersonLock[] {
    return this.all.filter((lock) => !isOver(lock, now));
  }

  /** With one more, in place of an earlier one for the same person; undefined if there are too many. */
  with(lock: PersonLock, now: number): PersonLocks | undefined {
    const others = this.current(now).filter((one) => !isSame(one, lock));
    if (others.length >= MAX_PERSON_LOCKS) return undefined;
    return new PersonLocks([...others, { ...lock, reason: boundedText(lock.reason, MAX_REASON_BYTES) }]);
  }

  /** Without somebody's lock; undefined if there is none. */
  without(who: LockWho, now: number): PersonLocks | undefined {
    const before = this.current(now);
    const left = before.filter((one) => !isSame(one, who));
    return left.length === before.length ? undefined : new PersonLocks(left);
  }
}

const TEXT = z.strictObject({
  v: z.literal(1),
  locks: z
    .array(
      z.strictObject({
        by: z.enum(['key', 'user', 'person', 'group', 'address']),
        value: z.string().min(1).max(MAX_VALUE),
        reason: z.string(),
        since: z.int(),
        until: z.int().optional(),
      }),
    )
    .max(MAX_PERSON_LOCKS),
});

/** The locks as a store keeps them; empty if there is none. */
export const writePersonLocks = ({ all }: PersonLocks): string =>
  all.length === 0 ? '' : JSON.stringify({ v: 1, locks: all });

/** Reads what `writePersonLocks` wrote; undefined if this build does not understand it. */
export function readPersonLocks(text: string): PersonLocks | undefined {
  if (text === '') return new PersonLocks();
  try {
    const { locks } = TEXT.parse(JSON.parse(text));
    return locks.every(({ by, value }) => by !== 'address' || isCidr(value)) ? new PersonLocks(locks) : undefined;
  } catch {
    return undefined;
  }
}
