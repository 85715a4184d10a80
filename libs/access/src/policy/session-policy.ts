import { ShipmateError } from '#kernel';
import { parseAuthorizedKey, type AuthorizedKey, shown } from '#keys';
import { MAX_DURATION_MS } from './durations.js';
import { MAX_JOINERS_WISH, NO_RULES, readWish, WISH_NAMES, WISHES, type SessionRules } from './host-wishes.js';
import { KeyList, MAX_SESSION_KEYS } from './key-list.js';
import { ORDER_NAMES, orderIn } from './orders.js';
import { isPasswordHash } from './password.js';
import { isSentAwayList, type SentAway } from './sent-away.js';

/** What a host asked for: who may join and how. Immutable. */
export interface SessionPolicy extends SessionRules {
  /** Only these keys may join; undefined: the token is enough. Empty: nobody may. */
  readonly authorizedKeys: readonly AuthorizedKey[] | undefined;
  /** The host runs without a terminal of its own (`tmate -F`) and says so. */
  readonly foreground: boolean;
  /** Who was sent away, or made a reader; undefined: nobody. It is the session's: the host's next connection has it, too. */
  readonly sentAway?: readonly SentAway[] | undefined;
}

/** A session whose host has set no rules: everyone with a token may join. */
export const OPEN_POLICY: SessionPolicy = { authorizedKeys: undefined, foreground: false, ...NO_RULES };

/** Notices that one connection of a host gets of its settings; then it is told that there would be more. */
const MAX_NOTICES = 40;

type Setter = (value: string) => readonly string[];

/**
 * Collects a host's wishes from its `set-option` commands. One builder serves one connection of a host: on a
 * reconnection the client sends all of them again, to a new builder.
 */
export class PolicyBuilder {
  #policy = OPEN_POLICY;
  #noticesLeft = MAX_NOTICES;
  readonly #keys = new KeyList();
  #password: string | undefined;
  /** Whether the hash of the password that was taken is waited for. */
  #hashing = false;

  /** What `tmate-set KEY=VALUE` may say beside the wishes of the table (tmate protocol 6: a host's one channel). */
  readonly #setters: Readonly<Record<string, Setter>> = {
    authorized_keys: (value) => this.#setKey(value),
    // As the other settings are written; the client itself writes the one above.
    'authorized-keys': (value) => this.#setKey(value),
    // What a session shows its joiners is the session's own to read.
    reader_clipboard: () => [],
    // What its webhooks are signed with is for who sends them.
    'webhook-secret': () => [],
    foreground: (value) => {
      this.#policy = { ...this.#policy, foreground: value === 'true' };
      return [];
    },
  };

  /** While a password waits to be hashed it is one that nothing fits. */
  get policy(): SessionPolicy {
    return this.#policy;
  }

  /** Where keys are to be looked up, `github:NAME`. */
  get sources(): readonly string[] {
    return this.#keys.sources;
  }

  /**
   * Takes one option; what is not its own is left alone. Answers what the host should be told. `tmate-authorized-keys`
   * turns access control on and drops the keys so far, so that a file that cannot be read lets nobody in.
   */
  set(option: string, value: string): readonly string[] {
    if (option === 'tmate-authorized-keys') {
      // tmate's default is the empty text; a host that sends it asks for nothing, but what is on is not turned off.
      if (value === '' && this.#policy.authorizedKeys === undefined) return [];
      this.#keys.clear();
      this.#keysChanged();
      return [];
    }
    // An order is done once, for the session: it is no wish of this connection.
    if (option !== 'tmate-set' || orderIn(option, value) !== undefined) return [];
    return this.#notices(this.#setPair(value));
  }

  /** The password that is to be hashed next, in clear; it is forgotten here. */
  takePassword(): string | undefined {
    const password = this.#password;
    this.#password = undefined;
    if (password !== undefined) this.#hashing = true;
    return password;
  }

  /** The hash of the password that was taken; it counts unless another one was set meanwhile. */
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
      setter !== undefined || Object.hasOwn(WISHES, key) || (ORDER_NAMES as readonly string[]).includes(key);
    if (!isKnown) {
      const names = [...WISH_NAMES, ...ORDER_NAMES].join(', ');
      return [`tmate-set: this server does not know "${shown(key)}", only ${names}`];
    }
    if (at < 0) return [`tmate-set: "${key}" needs a value: ${key}=...`];
    return setter?.(pair.slice(at + 1)) ?? this.#grant(key, pair.slice(at + 1));
  }

  #grant(name: string, value: string): readonly string[] {
    const { rules, password, told } = readWish(name, value);
    this.#policy = { ...this.#policy, ...rules };
    if ('password' in rules) {
      this.#password = password;
      this.#hashing = false;
    }
    // The stricter of the two holds: a browser has no key to show.
    const inVain = rules.web === true && this.#policy.authorizedKeys !== undefined;
    return inVain ? [told, 'tmate-set web: only certain keys may join, so browsers still cannot'] : [told];
  }

  /** Also a line that is not understood turns access control on: its writer wanted some to be kept out. */
  #setKey(value: string): readonly string[] {
    const told = this.#keys.set(value);
    this.#keysChanged();
    return told;
  }

  #keysChanged(): void {
    this.#policy = { ...this.#policy, authorizedKeys: this.#keys.keys };
  }

  #notices(notices: readonly string[]): readonly string[] {
    if (notices.length === 0 || this.#noticesLeft === 0) return [];
    const some = notices.slice(0, this.#noticesLeft);
    this.#noticesLeft -= some.length;
    return this.#noticesLeft === 0 ? [...some, NO_MORE] : some;
  }
}

const NO_MORE = 'Further messages about your settings are left out';

/** The policy as the directory keeps it; no secrets are in it but a password's slow hash. What is not set is left out. */
export function writePolicy({ authorizedKeys, ...rest }: SessionPolicy): string {
  const set = Object.entries(rest).filter(([name, value]) => value !== OPEN_POLICY[name as keyof SessionPolicy]);
  const keys = authorizedKeys?.map(({ line }) => line);
  return JSON.stringify({ v: 1, keys, foreground: rest.foreground, ...Object.fromEntries(set) });
}

/**
 * Reads what `writePolicy` wrote; an empty text is the open policy. `protocol` for anything that is not understood to the
 * last key: who cannot read a policy must let nobody in.
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
  return { ...OPEN_POLICY, ...rules, authorizedKeys: readKeys(keys) };
}

const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isUpTo = (most: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= most;

/** What may stand in a written policy beside keys. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  foreground: isFlag,
  password: (value) => typeof value === 'string' && isPasswordHash(value),
  expiresMs: isUpTo(MAX_DURATION_MS),
  maxJoiners: isUpTo(MAX_JOINERS_WISH),
  idleMs: isUpTo(MAX_DURATION_MS),
  readersOnly: isFlag,
  web: isFlag,
  approve: isFlag,
  sentAway: isSentAwayList,
} satisfies Record<Exclude<keyof SessionPolicy, 'authorizedKeys'>, (value: unknown) => boolean>;

function readKeys(lines: unknown): readonly AuthorizedKey[] | undefined {
  if (lines === undefined) return undefined;
  if (!Array.isArray(lines) || lines.length > MAX_SESSION_KEYS) throw unreadable();
  // A line that this build does not understand admits nobody; an older one may have taken it.
  return lines.flatMap((line: unknown) => {
    if (typeof line !== 'string') throw unreadable();
    return parseAuthorizedKey(line).key ?? [];
  });
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
