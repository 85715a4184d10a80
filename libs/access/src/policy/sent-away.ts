import { isIP } from 'node:net';
import { isCidr, plainAddress } from '#address';
import { shown } from '#keys';

/** Somebody who was sent away from a session, or made a reader; it applies whenever they come again. */
export interface SentAway {
  readonly by: 'key' | 'certificate' | 'user' | 'person' | 'address';
  /**
   * What they are known by: a key's fingerprint (`SHA256:…`), a certificate as `certificateIdentity` writes it, a user's name,
   * a person as `personId` writes them, an address or a range of them (CIDR).
   */
  readonly value: string;
  readonly may: 'nothing' | 'look';
  /** Until then, in ms since the epoch; undefined: until it is lifted. */
  readonly until?: number | undefined;
}

/**
 * How many people one session can keep away, or keep as readers, at the same time; the next is refused until one is lifted.
 * They are stored in the session's record, about 100 bytes each.
 */
export const MAX_SENT_AWAY = 256;
/** How long somebody who is kicked stays away by default, in ms. */
export const KICK_MS = 3_600_000;
/** Longest name of a certificate or a user that is accepted, in characters. */
const MAX_VALUE = 320;

/** Who an entry applies to. */
export type Person = Pick<SentAway, 'by' | 'value'>;

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
const CERTIFICATE = /^SHA256:[A-Za-z0-9+/]{43} \S.*$/s;

const PERSON = /^person:[a-z][a-z0-9-]*:\S.*$/s;

/** The forms of a person, for people to read. */
export const PERSON_FORMS =
  "an address, a range such as 192.0.2.0/24, a key's SHA256:…, SHA256:… of a CA and a key ID, user:NAME, or person:PROVIDER:SUBJECT";

/**
 * Reads who is meant: a key's fingerprint, a CA's fingerprint, a space and a certificate's key ID, `user:NAME`,
 * `person:PROVIDER:SUBJECT`, an address, or a range of addresses (CIDR). Returns a sentence for anything else.
 */
export function readPerson(text: string): { readonly person: Person } | { readonly fault: string } {
  const value = text.trim();
  if (value.length > MAX_VALUE) return { fault: `that is longer than ${MAX_VALUE} characters` };
  if (FINGERPRINT.test(value)) return { person: { by: 'key', value } };
  if (CERTIFICATE.test(value)) return { person: { by: 'certificate', value } };
  if (value.startsWith('SHA256:'))
    return { fault: `"${shown(value)}" is not a fingerprint: SHA256: and 43 characters` };
  if (/^user:\S+$/.test(value)) return { person: { by: 'user', value: value.slice('user:'.length) } };
  if (PERSON.test(value)) return { person: { by: 'person', value: value.slice('person:'.length) } };
  if (isCidr(value)) return { person: { by: 'address', value: value.includes('/') ? value : plainAddress(value) } };
  if (value.includes('/')) return { fault: rangeFault(value) };
  return { fault: `"${shown(value)}" is not ${PERSON_FORMS}` };
}

/** Why a text with a slash is not a range. */
function rangeFault(value: string): string {
  const [address = '', bits = ''] = value.split('/');
  const quoted = `"${shown(value)}" is not a range of addresses`;
  const version = isIP(address);
  if (version === 0) return `${quoted}: "${shown(address)}" is not an address`;
  return `${quoted}: the number after the slash must be from 0 to ${version === 4 ? 32 : 128}, not "${shown(bits)}"`;
}

/** Who an entry applies to, as it is written and read. */
export const personText = ({ by, value }: Person): string =>
  by === 'user' || by === 'person' ? `${by}:${value}` : value;

/** The entries that still apply. */
export const current = (entries: readonly SentAway[], now: number): readonly SentAway[] =>
  entries.filter(({ until }) => until === undefined || until > now);

const isSame = (one: SentAway, other: SentAway): boolean =>
  one.by === other.by && one.value === other.value && one.may === other.may;

/** The entries with some added, each of which replaces an earlier one for the same person; undefined if there are too many. */
export function withSentAway(
  entries: readonly SentAway[],
  more: readonly SentAway[],
  now: number,
): readonly SentAway[] | undefined {
  const kept = current(entries, now).filter((entry) => !more.some((one) => isSame(one, entry)));
  return kept.length + more.length > MAX_SENT_AWAY ? undefined : [...kept, ...more];
}

/** Which entries to lift: those of one person or of all; if `may` is given, only those that allow that. */
export interface Lifting {
  readonly who: Person | 'all';
  readonly may?: SentAway['may'] | undefined;
}

/** The entries without those that are lifted, and those. */
export function lift(
  entries: readonly SentAway[],
  { who, may }: Lifting,
  now: number,
): { readonly left: readonly SentAway[]; readonly lifted: readonly SentAway[] } {
  const isLifted = (entry: SentAway): boolean =>
    (may === undefined || entry.may === may) && (who === 'all' || (who.by === entry.by && who.value === entry.value));
  const all = current(entries, now);
  return { left: all.filter((entry) => !isLifted(entry)), lifted: all.filter(isLifted) };
}

/** Whether something in a session's record is a list of such entries. */
export function isSentAwayList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_SENT_AWAY && value.every(isEntry);
}

function isEntry(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { by, value, may, until, ...rest } = entry as Record<string, unknown>;
  if (typeof value !== 'string' || value.length > MAX_VALUE || Object.keys(rest).length > 0) return false;
  if (by === 'address' && !isCidr(value)) return false;
  const isKnown = ['key', 'certificate', 'user', 'person', 'address'].includes(String(by));
  return isKnown && (may === 'nothing' || may === 'look') && (until === undefined || Number.isSafeInteger(until));
}
