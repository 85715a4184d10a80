import { ShipmateError } from '#kernel';
import { parseAuthorizedKey, type AuthorizedKey, shown } from '#keys';
import { MAX_DURATION_MS } from './durations.js';
import { MAX_JOINERS_WISH, NO_RULES, readWish, WISH_NAMES, WISHES, type SessionRules } from './host-wishes.js';
import { keySource } from './key-sources.js';
import { isPasswordHash } from './password.js';

/** What a host asked for: who may join and how. Immutable. */
export interface SessionPolicy extends SessionRules {
  /** Only these keys may join; undefined: the token is enough. Empty: nobody may. */
  readonly authorizedKeys: readonly AuthorizedKey[] | undefined;
  /** The host runs without a terminal of its own (`tmate -F`) and says so. */
  readonly foreground: boolean;
}

export const OPEN_POLICY: SessionPolicy = { authorizedKeys: undefined, foreground: false, ...NO_RULES };

/** All lines of one session's keys together: the policy travels in the directory's record (at most 256 KiB). */
export const MAX_KEY_TEXT = 128 * 1024;
/** Keys of one session; as many lines may be refused again, with a notice each. */
export const MAX_SESSION_KEYS = 256;
/** Places elsewhere that a session may take keys from. */
export const MAX_SOURCES = 8;
const MAX_NOTICES = 40;

type Setter = (value: string) => readonly string[];

/**
 * Collects a host's wishes from its `set-option` commands. One builder serves one connection of a host: on a
 * reconnection the client sends all of them again, to a new builder.
 */
export class PolicyBuilder {
  #policy = OPEN_POLICY;
  #noticesLeft = MAX_NOTICES;
  /** The keys that the host gave itself. */
  #own: readonly AuthorizedKey[] = [];
  #sources: ReadonlyMap<string, readonly AuthorizedKey[]> = new Map();
  #password: string | undefined;
  /** Whether the hash of the password that was taken is waited for. */
  #hashing = false;

  /** What `tmate-set KEY=VALUE` may say beside the wishes of the table (tmate protocol 6: a host's one channel). */
  readonly #setters: Readonly<Record<string, Setter>> = {
    authorized_keys: (value) => this.#addKey(value),
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
    return [...this.#sources.keys()];
  }

  /**
   * Takes one option; what is not its own is left alone. Answers what the host should be told. `tmate-authorized-keys`
   * turns access control on and drops the keys so far, so that a file that cannot be read lets nobody in.
   */
  set(option: string, value: string): readonly string[] {
    if (option === 'tmate-authorized-keys') {
      // tmate's default is the empty text; a host that sends it asks for nothing, but what is on is not turned off.
      if (value !== '' || this.#policy.authorizedKeys !== undefined) this.#setKeys([], new Map());
      return [];
    }
    return option === 'tmate-set' ? this.#notices(this.#setPair(value)) : [];
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
    if (!this.#sources.has(source)) return;
    // Somebody publishes their own keys; whoever names an authority, the host is to name it.
    const keys = lines.flatMap((line) => parseAuthorizedKey(line).key ?? []).filter((key) => !key.options.authority);
    this.#setKeys(this.#own, new Map([...this.#sources, [source, keys]]));
  }

  #setPair(pair: string): readonly string[] {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.slice(0, at);
    const setter = Object.hasOwn(this.#setters, key) ? this.#setters[key] : undefined;
    const isWish = Object.hasOwn(WISHES, key);
    if (setter === undefined && !isWish) {
      return [`tmate-set: this server does not know "${shown(key)}", but ${WISH_NAMES.join(', ')}`];
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
    return [told];
  }

  #addKey(line: string): readonly string[] {
    const source = keySource(line);
    if (source !== undefined) return this.#addSource(source);
    const { key, notices } = parseAuthorizedKey(line);
    // Also a line that is not understood turns access control on: its writer wanted some to be kept out.
    const fits = key !== undefined && fitting([...this.#own, key]).length > this.#own.length;
    this.#setKeys(fits ? [...this.#own, key] : this.#own, this.#sources);
    return key === undefined || fits ? notices : [TOO_MANY_KEYS];
  }

  #addSource(source: string): readonly string[] {
    const fits = this.#sources.has(source) || this.#sources.size < MAX_SOURCES;
    this.#setKeys(this.#own, fits ? new Map([[source, []], ...this.#sources]) : this.#sources);
    return fits ? [] : [`${source} is not used: keys come from at most ${MAX_SOURCES} places`];
  }

  #setKeys(own: readonly AuthorizedKey[], sources: ReadonlyMap<string, readonly AuthorizedKey[]>): void {
    this.#own = own;
    this.#sources = sources;
    this.#policy = { ...this.#policy, authorizedKeys: fitting([...own, ...[...sources.values()].flat()]) };
  }

  #notices(notices: readonly string[]): readonly string[] {
    const some = notices.slice(0, this.#noticesLeft);
    this.#noticesLeft -= some.length;
    return some;
  }
}

const TOO_MANY_KEYS = `an authorized key is not used: at most ${MAX_SESSION_KEYS} keys, ${MAX_KEY_TEXT / 1024} KiB in all`;

/** The first of `keys` that one session may have. */
function fitting(keys: readonly AuthorizedKey[]): readonly AuthorizedKey[] {
  let text = 0;
  const end = keys.findIndex(({ line }, at) => at >= MAX_SESSION_KEYS || (text += line.length) > MAX_KEY_TEXT);
  return end < 0 ? keys : keys.slice(0, end);
}

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
} satisfies Record<Exclude<keyof SessionPolicy, 'authorizedKeys'>, (value: unknown) => boolean>;

function readKeys(lines: unknown): readonly AuthorizedKey[] | undefined {
  if (lines === undefined) return undefined;
  if (!Array.isArray(lines) || lines.length > MAX_SESSION_KEYS) throw unreadable();
  return lines.map((line: unknown) => {
    const key = typeof line === 'string' ? parseAuthorizedKey(line).key : undefined;
    if (key === undefined) throw unreadable();
    return key;
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
