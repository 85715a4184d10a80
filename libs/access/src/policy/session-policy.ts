import { ShipmateError } from '#kernel';
import { parseAuthorizedKey, type AuthorizedKey, shown } from '#keys';
import type { SignOuts } from './sign-outs.js';
import { isAllowList } from './allow.js';
import { MAX_DURATION_MS } from './durations.js';
import {
  MAX_APPROVALS,
  MOST_JOINERS,
  NO_RULES,
  readSetting,
  SETTING_NAMES,
  SETTINGS,
  type SessionRules,
} from './tmate-set-options.js';
import { isInvitationList, type Invitation } from './invitations.js';
import { KeyList, MAX_SESSION_KEYS, MAX_SOURCES } from './key-list.js';
import { keySource } from './key-sources.js';
import { ORDER_NAMES, orderIn } from './tmate-set-orders.js';
import { isPasswordHash } from './password.js';
import type { PersonLocks } from './operator-locks.js';
import { isOperatorRules, type OperatorRules } from './operator-rules.js';
import { isSentAwayList, type SentAway } from './sent-away.js';
import { SESSION_LOCKS, type SessionLock } from './session-lock.js';

/** What a host asked for: who may join and how. Immutable. */
export interface SessionPolicy extends SessionRules {
  /** Only these keys may join; undefined: the token is enough. Empty: nobody may. */
  readonly authorizedKeys: readonly AuthorizedKey[] | undefined;
  /** People whose sign-in counts as one of these keys, `github:NAME`; undefined: nobody's does. */
  readonly keyPeople?: readonly string[] | undefined;
  /** The host runs without a terminal of its own (`tmate -F`) and says so. */
  readonly foreground: boolean;
  /**
   * Who was sent away, or made a reader; undefined: nobody. This belongs to the session: it also applies to the host's next
   * connection.
   */
  readonly sentAway?: readonly SentAway[] | undefined;
  /** Who was invited, for whoever comes with an invitation; undefined: nobody. It belongs to the session, like `sentAway`. */
  readonly invitations?: readonly Invitation[] | undefined;
  /** What the server's operator demands besides; undefined: nothing. */
  readonly operator?: OperatorRules | undefined;
  /** Whether it is locked. This belongs to the session, too. */
  readonly locked?: SessionLock | undefined;
  /** Whom the operator has locked out; each process has them, so they are not in the record. Undefined: nobody. */
  readonly personLocks?: PersonLocks | undefined;
  /** The latest sign-outs; each process has them, too. Undefined: none. */
  readonly signOuts?: SignOuts | undefined;
}

/** A session whose host has set no rules: everyone with a token may join. */
export const OPEN_POLICY: SessionPolicy = { authorizedKeys: undefined, foreground: false, ...NO_RULES };

/** Notices about its settings that one connection of a host gets; after that, it is told that there are more. */
const MAX_NOTICES = 40;

type Setter = (value: string) => readonly string[];

/**
 * Collects a host's settings from its `set-option` commands. One builder serves one connection of a host: on a
 * reconnection the client sends all of them again, to a new builder.
 */
export class PolicyBuilder {
  #policy = OPEN_POLICY;
  #noticesLeft = MAX_NOTICES;
  readonly #keys = new KeyList();
  #password: string | undefined;
  /** Whether the hash of an accepted password is still being computed. */
  #hashing = false;

  /**
   * What `tmate-set KEY=VALUE` may set besides the settings of the table (tmate protocol 6: a host's only way to set anything).
   */
  readonly #setters: Readonly<Record<string, Setter>> = {
    authorized_keys: (value) => this.#setKey(value),
    // Spelled like the other settings; the client itself writes the one above.
    'authorized-keys': (value) => this.#setKey(value),
    // The session itself handles what joiners may see.
    reader_clipboard: () => [],
    // The sender of webhooks handles the key that signs them.
    'webhook-secret': () => [],
    'webhook-format': (value) =>
      value === 'slack' || value === 'tmate' ? [] : ['tmate-set webhook-format: expected slack or tmate: it is tmate'],
    foreground: (value) => {
      this.#policy = { ...this.#policy, foreground: value === 'true' };
      return [];
    },
  };

  /** `providers`: where people sign in; whoever is listed by their name there need not offer a key. */
  constructor(private readonly providers: ReadonlySet<string> = new Set()) {}

  /** Until a password is hashed, no password matches. */
  get policy(): SessionPolicy {
    return this.#policy;
  }

  /** Where keys are to be looked up, `github:NAME`. */
  get sources(): readonly string[] {
    return this.#keys.sources;
  }

  /**
   * Takes one option, and ignores those that are not about the policy. Returns what the host should be told. `tmate-authorized-keys`
   * turns access control on and drops the keys so far, so that a file that cannot be read lets nobody in.
   */
  set(option: string, value: string): readonly string[] {
    if (option === 'tmate-authorized-keys') {
      // tmate's default is the empty text; a host that sends it asks for nothing, but it does not turn access control off.
      if (value === '' && this.#policy.authorizedKeys === undefined) return [];
      this.#keys.clear();
      this.#keysChanged();
      return [];
    }
    // A command is carried out once, for the session: it is not a setting of this connection.
    if (option !== 'tmate-set' || orderIn(option, value) !== undefined) return [];
    return this.#notices(this.#setPair(value));
  }

  /** The password to hash next, as it was typed; it is not kept here after that. */
  takePassword(): string | undefined {
    const password = this.#password;
    this.#password = undefined;
    if (password !== undefined) this.#hashing = true;
    return password;
  }

  /** Sets the hash of the password; it counts unless another password was set meanwhile. */
  hashed(hash: string): void {
    if (this.#hashing) this.#policy = { ...this.#policy, password: hash };
    this.#hashing = false;
  }

  /** What a source says now; of lines that are no keys nothing is said. */
  found(source: string, lines: readonly string[]): void {
    if (this.#keys.found(source, lines)) this.#keysChanged();
  }

  #setPair(pair: string): readonly string[] {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.slice(0, at);
    const setter = Object.hasOwn(this.#setters, key) ? this.#setters[key] : undefined;
    const isKnown =
      setter !== undefined || Object.hasOwn(SETTINGS, key) || (ORDER_NAMES as readonly string[]).includes(key);
    if (!isKnown) {
      const names = [...SETTING_NAMES, ...ORDER_NAMES].join(', ');
      return [`tmate-set: this server does not know "${shown(key)}", only ${names}`];
    }
    if (at < 0) return [`tmate-set: "${key}" needs a value: ${key}=...`];
    return setter?.(pair.slice(at + 1)) ?? this.#grant(key, pair.slice(at + 1));
  }

  #grant(name: string, value: string): readonly string[] {
    const { rules, password, told } = readSetting(name, value);
    this.#policy = { ...this.#policy, ...rules };
    if ('password' in rules) {
      this.#password = password;
      this.#hashing = false;
    }
    // The stricter of the two applies: a browser cannot show a key.
    const { authorizedKeys, keyPeople } = this.#policy;
    const inVain = rules.web === true && authorizedKeys !== undefined && keyPeople === undefined;
    if (inVain) return [told, 'tmate-set web: only certain keys may join, so browsers still cannot'];
    return [told, ...this.#unknownProviders(rules)];
  }

  /** What a host should know of a demand that nobody can meet: there is no such sign-in at this server. */
  #unknownProviders({ signIn, allow = [] }: Partial<SessionRules>): readonly string[] {
    if (signIn !== true && allow.length === 0) return [];
    if (this.providers.size === 0) return ['Nobody can sign in on this server, so nobody can join'];
    const named = allow.flatMap(({ who }) => (who.by === 'provider-user' ? [who.value.split(':', 1)[0] ?? ''] : []));
    const unknown = [...new Set(named)].filter((name) => !this.providers.has(name));
    return unknown.length === 0 ? [] : [`tmate-set allow: nobody can sign in here with ${shown(unknown.join(', '))}`];
  }

  /** Even an invalid line turns access control on: its author wanted to keep some people out. */
  #setKey(value: string): readonly string[] {
    const told = this.#keys.set(value);
    this.#keysChanged();
    return told;
  }

  #keysChanged(): void {
    const people = this.#keys.people(this.providers);
    const keyPeople = people.length === 0 ? undefined : people;
    this.#policy = { ...this.#policy, authorizedKeys: this.#keys.keys, keyPeople };
  }

  #notices(notices: readonly string[]): readonly string[] {
    if (notices.length === 0 || this.#noticesLeft === 0) return [];
    const some = notices.slice(0, this.#noticesLeft);
    this.#noticesLeft -= some.length;
    return this.#noticesLeft === 0 ? [...some, NO_MORE] : some;
  }
}

const NO_MORE = 'Further messages about your settings are left out';

/**
 * The policy as the directory keeps it; it contains no secret except a password's slow hash. Rules that are not set are left
 * out.
 */
export function writePolicy({ authorizedKeys, keyPeople = [], ...rest }: SessionPolicy): string {
  const kept = { ...rest, personLocks: undefined, signOuts: undefined };
  const set = Object.entries(kept).filter(([name, value]) => value !== OPEN_POLICY[name as keyof SessionPolicy]);
  // People stand among the keys: an earlier release reads them as lines that admit nobody.
  const keys = authorizedKeys && [...authorizedKeys.map(({ line }) => line), ...keyPeople];
  return JSON.stringify({ v: 1, keys, foreground: rest.foreground, ...Object.fromEntries(set) });
}

/**
 * Reads what `writePolicy` wrote; an empty text is the open policy. Throws `protocol` unless every key is understood: an edge
 * that cannot read a policy must let nobody in.
 */
export function readPolicy(text: string): SessionPolicy {
  if (text === '') return OPEN_POLICY;
  const { v, keys, ...rest } = parseJson(text);
  if (v !== 1) throw unreadable();
  const rules: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    const isValid = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (isValid?.(value) !== true) throw unreadable();
    rules[name] = value;
  }
  return { ...OPEN_POLICY, ...rules, ...readKeys(keys) };
}

const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isUpTo = (most: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= most;

/** What a written policy may contain besides keys. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  foreground: isFlag,
  password: (value) => typeof value === 'string' && isPasswordHash(value),
  expiresMs: isUpTo(MAX_DURATION_MS),
  maxJoiners: isUpTo(MOST_JOINERS),
  idleMs: isUpTo(MAX_DURATION_MS),
  seatLockMs: isUpTo(MAX_DURATION_MS),
  readersOnly: isFlag,
  web: isFlag,
  approve: isFlag,
  approvals: isUpTo(MAX_APPROVALS),
  signIn: isFlag,
  allow: isAllowList,
  sentAway: isSentAwayList,
  operator: isOperatorRules,
  invitations: isInvitationList,
  moderated: isFlag,
  locked: (value) => SESSION_LOCKS.some((lock) => lock === value),
} satisfies Record<
  Exclude<keyof SessionPolicy, 'authorizedKeys' | 'keyPeople' | 'personLocks' | 'signOuts'>,
  (value: unknown) => boolean
>;

function readKeys(lines: unknown): Pick<SessionPolicy, 'authorizedKeys' | 'keyPeople'> {
  if (lines === undefined) return { authorizedKeys: undefined };
  if (!Array.isArray(lines) || lines.length > MAX_SESSION_KEYS + MAX_SOURCES) throw unreadable();
  const texts = lines.map((line: unknown) => {
    if (typeof line !== 'string') throw unreadable();
    return line;
  });
  const keyPeople = texts.flatMap((line) => keySource(line) ?? []);
  // A line that this build does not understand admits nobody; an older build may have accepted it.
  const authorizedKeys = texts.flatMap((line) => parseAuthorizedKey(line).key ?? []);
  return { authorizedKeys, ...(keyPeople.length > 0 && { keyPeople }) };
}

const unreadable = (cause?: unknown): ShipmateError =>
  new ShipmateError('protocol', "the session's policy cannot be read", { cause });

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw unreadable(error);
  }
  throw unreadable();
}
