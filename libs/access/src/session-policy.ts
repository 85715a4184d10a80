import { ShipmateError } from '#kernel';
import { parseAuthorizedKey, type AuthorizedKey } from './authorized-keys.js';
import { shown } from './key-options.js';

/** What a host asked for: who may join and how. Immutable. */
export interface SessionPolicy {
  /** Only these keys may join; undefined: the token is enough. Empty: nobody may. */
  readonly authorizedKeys: readonly AuthorizedKey[] | undefined;
  /** The host runs without a terminal of its own (`tmate -F`) and says so. */
  readonly foreground: boolean;
}

export const OPEN_POLICY: SessionPolicy = { authorizedKeys: undefined, foreground: false };

/** All lines of one session's keys together: the policy travels in the directory's record (at most 256 KiB). */
export const MAX_KEY_TEXT = 128 * 1024;
/** Keys of one session; as many lines may be refused again, with a notice each. */
export const MAX_SESSION_KEYS = 256;
const MAX_NOTICES = 20;

type Setter = (policy: SessionPolicy, value: string) => { policy: SessionPolicy; notices: readonly string[] };

/** What `tmate-set KEY=VALUE` may say (tmate protocol 6: the one channel for a host's own wishes). */
const SETTERS: Readonly<Record<string, Setter>> = {
  authorized_keys: addKey,
  // What a session shows its joiners is the session's own to read.
  reader_clipboard: (policy) => ({ policy, notices: [] }),
  // What its webhooks are signed with is for who sends them.
  'webhook-secret': (policy) => ({ policy, notices: [] }),
  foreground: (policy, value) => ({ policy: { ...policy, foreground: value === 'true' }, notices: [] }),
};

/**
 * Collects a host's wishes from its `set-option` commands. One builder serves one connection of a host: on a
 * reconnection the client sends all of them again, to a new builder.
 */
export class PolicyBuilder {
  #policy = OPEN_POLICY;
  #noticesLeft = MAX_NOTICES;

  get policy(): SessionPolicy {
    return this.#policy;
  }

  /**
   * Takes one option; what is not its own is left alone. Answers what the host should be told. `tmate-authorized-keys`
   * turns access control on and drops the keys so far, so that a file that cannot be read lets nobody in.
   */
  set(option: string, value: string): readonly string[] {
    if (option === 'tmate-authorized-keys') {
      // tmate's default is the empty text; a host that sends it asks for nothing, but what is on is not turned off.
      if (value !== '' || this.#policy.authorizedKeys !== undefined) {
        this.#policy = { ...this.#policy, authorizedKeys: [] };
      }
      return [];
    }
    return option === 'tmate-set' ? this.#notices(this.#setPair(value)) : [];
  }

  #setPair(pair: string): readonly string[] {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.slice(0, at);
    const setter = Object.hasOwn(SETTERS, key) ? SETTERS[key] : undefined;
    if (setter === undefined) return [`tmate-set: this server does not know "${shown(key)}"`];
    if (at < 0) return [`tmate-set: "${key}" needs a value: ${key}=...`];
    const { policy, notices } = setter(this.#policy, pair.slice(at + 1));
    this.#policy = policy;
    return notices;
  }

  #notices(notices: readonly string[]): readonly string[] {
    const some = notices.slice(0, this.#noticesLeft);
    this.#noticesLeft -= some.length;
    return some;
  }
}

function addKey(policy: SessionPolicy, line: string): { policy: SessionPolicy; notices: readonly string[] } {
  const { key, notices } = parseAuthorizedKey(line);
  // Also a line that is not understood turns access control on: its writer wanted some to be kept out.
  const keys = policy.authorizedKeys ?? [];
  if (key === undefined) return { policy: { ...policy, authorizedKeys: keys }, notices };
  const text = keys.reduce((sum, { line }) => sum + line.length, key.line.length);
  if (keys.length >= MAX_SESSION_KEYS || text > MAX_KEY_TEXT) {
    const notice = `an authorized key is not used: at most ${MAX_SESSION_KEYS} keys, ${MAX_KEY_TEXT / 1024} KiB in all`;
    return { policy: { ...policy, authorizedKeys: keys }, notices: [notice] };
  }
  return { policy: { ...policy, authorizedKeys: [...keys, key] }, notices };
}

/** The policy as the directory keeps it; no secrets are in it. */
export function writePolicy({ authorizedKeys, foreground }: SessionPolicy): string {
  return JSON.stringify({ v: 1, keys: authorizedKeys?.map(({ line }) => line), foreground });
}

/**
 * Reads what `writePolicy` wrote; an empty text is the open policy. `protocol` for anything that is not understood to the
 * last key: who cannot read a policy must let nobody in.
 */
export function readPolicy(text: string): SessionPolicy {
  if (text === '') return OPEN_POLICY;
  const written = parseJson(text);
  const { v, keys, foreground = false, ...rest } = written;
  if (v !== 1 || typeof foreground !== 'boolean' || Object.keys(rest).length > 0) throw unreadable();
  if (keys === undefined) return { authorizedKeys: undefined, foreground };
  if (!Array.isArray(keys) || keys.length > MAX_SESSION_KEYS) throw unreadable();
  const authorizedKeys = keys.map((line: unknown) => {
    const key = typeof line === 'string' ? parseAuthorizedKey(line).key : undefined;
    if (key === undefined) throw unreadable();
    return key;
  });
  return { authorizedKeys, foreground };
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
