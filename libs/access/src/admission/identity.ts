import type { ByteReader, ByteWriter } from '#kernel';

/** How somebody proved who they are. */
export const WAYS_TO_PROVE = ['sign-in', 'remembered-key', 'machine', 'invitation'] as const;

/** What ends a sign-in before its time. */
export interface SignInMark {
  /** When they signed in, in ms since the epoch. */
  readonly at: number;
  /** What their provider may end: the person, and their session there. At most `MAX_SIGN_IN_IDS` hashes of at most `MAX_SIGN_IN_ID_BYTES`. */
  readonly ids: readonly string[];
  /** The browser that they signed in with, a hash; undefined for an SSH login, which goes on when the browser signs out. */
  readonly browser?: string | undefined;
}

/** A person, or a machine, as somebody whom the operator trusts knows them. */
export interface Identity {
  /** The operator's name for the source of this identity: `github`, `corp`, …; `invitation` for whoever uses an invitation. */
  readonly provider: string;
  /** The provider's permanent ID for them: together with `provider`, it identifies them. At most 255 bytes. */
  readonly subject: string;
  /** What people see: a mail address or a user name. At most `MAX_PERSON_NAME_BYTES`, no control characters. */
  readonly name: string;
  /** At most `MAX_GROUPS`, each of at most `MAX_GROUP_BYTES`. */
  readonly groups: readonly string[];
  readonly proved: (typeof WAYS_TO_PROVE)[number];
  /** After this time, in ms since the epoch, it proves nothing more. */
  readonly until: number;
  /** What ends it earlier; undefined: nothing does. */
  readonly signIn?: SignInMark | undefined;
}

/** Longest name of a person, in bytes: it stands in notices and lists. */
export const MAX_PERSON_NAME_BYTES = 128;
/** Longest name of a group, in bytes. */
export const MAX_GROUP_BYTES = 128;
/** Groups of one person that count; the others are left out. All of them travel between edges with each request to join. */
export const MAX_GROUPS = 100;
/** What may end one sign-in: the person, and their session at the provider. */
export const MAX_SIGN_IN_IDS = 4;
/** SHA-256 in base64url has 43. */
export const MAX_SIGN_IN_ID_BYTES = 64;
/** As OpenID Connect limits it. */
const MAX_SUBJECT_BYTES = 255;
/** As a word in the configuration. */
export const MAX_PROVIDER_BYTES = 32;

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** A text that is safe to show: without control characters, and cut to `most` bytes. */
export function boundedText(text: string, most: number): string {
  let shown = '';
  let bytes = 0;
  for (const character of text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()) {
    bytes += bytesOf(character);
    if (bytes > most) break;
    shown += character;
  }
  return shown;
}

/**
 * An identity within its bounds: control characters are removed, and names and groups that are too many or too long are cut or
 * left out. Undefined where provider, subject or name is missing, or the subject is too long: nobody is identified by a part of
 * it.
 */
export function boundedIdentity(identity: Identity): Identity | undefined {
  const { provider, subject, groups } = identity;
  const name = boundedText(identity.name, MAX_PERSON_NAME_BYTES);
  if (provider === '' || subject === '' || name === '') return undefined;
  if (bytesOf(provider) > MAX_PROVIDER_BYTES || bytesOf(subject) > MAX_SUBJECT_BYTES) return undefined;
  const kept = groups.filter((group) => group !== '' && bytesOf(group) <= MAX_GROUP_BYTES).slice(0, MAX_GROUPS);
  return { ...identity, name, groups: kept };
}

/** A person, as bans and events name them: `PROVIDER:SUBJECT`. */
export const personId = ({ provider, subject }: Pick<Identity, 'provider' | 'subject'>): string =>
  `${provider}:${subject}`;

/**
 * Writes an identity, at most 14 KiB:
 *
 * ```
 * provider, subject, name texts; how it was proved u8; until, ms u64; count varint of groups, as many texts
 * ```
 * Only the provider, empty, where nobody is identified.
 */
export function writeIdentity(writer: ByteWriter, identity: Identity | undefined): void {
  const bounded = identity && boundedIdentity(identity);
  writer.text(bounded?.provider ?? '');
  if (bounded === undefined) return;
  const { subject, name, proved, until, groups } = bounded;
  writer.text(subject).text(name).u8(WAYS_TO_PROVE.indexOf(proved));
  writer.u64(Math.min(Math.max(0, Math.trunc(until)), Number.MAX_SAFE_INTEGER)).varint(groups.length);
  for (const group of groups) writer.text(group);
}

/**
 * Reads what `writeIdentity` wrote; throws `protocol` if it is invalid. Undefined where nobody is identified, or in a way that
 * only a later release knows.
 */
export function readIdentity(reader: ByteReader): Identity | undefined {
  const provider = reader.text(MAX_PROVIDER_BYTES, 'a provider');
  if (provider === '') return undefined;
  const subject = reader.text(MAX_SUBJECT_BYTES, 'a subject');
  const name = reader.text(MAX_PERSON_NAME_BYTES, "a person's name");
  const proved = WAYS_TO_PROVE[reader.u8()];
  const until = reader.u64();
  const groups: string[] = [];
  for (let left = reader.upTo(MAX_GROUPS, 'groups'); left > 0; left--) {
    groups.push(reader.text(MAX_GROUP_BYTES, 'a group'));
  }
  return proved === undefined ? undefined : boundedIdentity({ provider, subject, name, groups, proved, until });
}

/**
 * Writes what ends a sign-in:
 *
 * ```
 * when they signed in, ms u64; the browser, text, empty for none; count varint of ids, as many texts
 * ```
 */
export function writeSignIn(writer: ByteWriter, mark: SignInMark): void {
  const ids = mark.ids.slice(0, MAX_SIGN_IN_IDS);
  writer
    .u64(mark.at)
    .text(mark.browser ?? '')
    .varint(ids.length);
  for (const id of ids) writer.text(id);
}

/** Reads what `writeSignIn` wrote; throws `protocol` if it is invalid. */
export function readSignIn(reader: ByteReader): SignInMark {
  const at = reader.u64();
  const browser = reader.text(MAX_SIGN_IN_ID_BYTES, 'a sign-in');
  const ids: string[] = [];
  for (let left = reader.upTo(MAX_SIGN_IN_IDS, 'sign-ins'); left > 0; left--) {
    ids.push(reader.text(MAX_SIGN_IN_ID_BYTES, 'a sign-in'));
  }
  return { at, ids, ...(browser !== '' && { browser }) };
}
