import { Backoff, isShipmateError, OverWork, pause, type Clock, type Timer } from '#kernel';
import { hashPassword } from './password.js';
import { PolicyBuilder, type SessionPolicy } from './session-policy.js';

/** Where the keys that people publish at a code host come from. */
export interface KeyFinder {
  /**
   * The keys that `source` (`github:NAME`) publishes now. `not-found`: there is no such code host or name. `unavailable` or
   * `timeout`: it cannot be found out now.
   */
  keysOf(source: string): Promise<readonly string[]>;
}

/** What a `HostPolicy` needs from its surroundings. */
export interface HostPolicyDeps {
  readonly clock: Clock;
  readonly keys: KeyFinder | undefined;
  /** Where people sign in, by the operator's names for the providers. */
  readonly providers?: ReadonlySet<string> | undefined;
  /** Sends the host a message. */
  readonly tell: (texts: readonly string[]) => void;
  /** The policy has changed. */
  readonly changed: () => void;
  readonly failed: (what: string, error: unknown) => void;
  /** Called before a password is hashed. Throws `OverWork` if it has to wait. */
  readonly hashing?: (() => void) | undefined;
}

/** How often published keys are fetched again, in ms: a key that was removed at its code host stops opening the session. */
export const REFRESH_MS = 10 * 60_000;
/** After a failure it is tried again soon, then less often. */
const FIRST_RETRY_MS = 5_000;
/** Keys that could not be fetched again for this long, in ms, admit nobody. */
export const TRUSTED_MS = 60 * 60_000;
/** After a change of its keys a host has this long, in ms, to name one before it is told that nobody can join. */
const EMPTY_MS = 1_000;
const EMPTY_TEXT =
  'Your list of authorized keys is empty: nobody can join. To add one: tmate set -g tmate-set "authorized-keys=KEY"';
/** Passwords that one connection may set: each costs CPU time. */
const MAX_PASSWORDS = 8;

interface Source {
  timer: Timer | undefined;
  foundAtMs: number | undefined;
  readonly backoff: Backoff;
}

/** A host's rules as they arrive, and the slow work for them: hashing a password, fetching published keys. */
export class HostPolicy {
  readonly #builder: PolicyBuilder;
  readonly #sources = new Map<string, Source>();
  #hashing: Promise<void> | undefined;
  #passwords = 0;
  /** The host has sent all its settings before its session begins. */
  #begun = false;
  #toldEmpty = false;
  #emptyTimer: Timer | undefined;
  #disposed = false;

  constructor(private readonly deps: HostPolicyDeps) {
    this.#builder = new PolicyBuilder(deps.providers);
  }

  get policy(): SessionPolicy {
    return this.#builder.policy;
  }

  /** Takes one option from the host. */
  set(option: string, value: string): void {
    const before = this.#builder.policy;
    const notices = this.#builder.set(option, value);
    if (notices.length > 0) this.deps.tell(notices);
    this.#hashing ??= this.#hash();
    this.#follow();
    if (this.#builder.policy === before) return;
    this.deps.changed();
    this.#toldEmpty &&= this.#isEmpty;
    if (this.#begun) this.#emptyTimer ??= this.deps.clock.after(EMPTY_MS, () => this.#tellIfEmpty());
  }

  /** The host has sent its first settings. Resolves when the last password that it set is in force. */
  async settled(): Promise<void> {
    this.#begun = true;
    this.#tellIfEmpty();
    await this.#hashing;
  }

  /** The host's connection has ended. */
  dispose(): void {
    this.#disposed = true;
    this.#emptyTimer?.cancel();
    for (const { timer } of this.#sources.values()) timer?.cancel();
    this.#sources.clear();
  }

  /** No key is listed or being fetched: the host is told about published keys when they are found. */
  get #isEmpty(): boolean {
    return this.policy.authorizedKeys?.length === 0 && this.#builder.sources.length === 0;
  }

  #tellIfEmpty(): void {
    this.#emptyTimer = undefined;
    if (!this.#isEmpty || this.#toldEmpty) return;
    this.#toldEmpty = true;
    this.deps.tell([EMPTY_TEXT]);
  }

  #hash(): Promise<void> | undefined {
    const password = this.#builder.takePassword();
    if (password === undefined) return undefined;
    if (++this.#passwords > MAX_PASSWORDS) {
      this.deps.tell(['tmate-set password: it was set too often, so nobody can join']);
      return undefined;
    }
    return this.#hashAll(password);
  }

  async #hashAll(first: string): Promise<void> {
    try {
      for (let next: string | undefined = first; next !== undefined; next = this.#builder.takePassword()) {
        await this.#mayHash();
        if (this.#disposed) return;
        this.#builder.hashed(await hashPassword(next));
      }
    } catch (error) {
      if (!isShipmateError(error)) this.deps.failed('password', error);
      this.deps.tell(['tmate-set password: it could not be set, so nobody can join']);
    }
    this.#hashing = undefined;
    if (!this.#disposed) this.deps.changed();
  }

  /** Waits until there is CPU time for one more password; the host is told, once. */
  async #mayHash(): Promise<void> {
    for (let told = false; !this.#disposed; told = true) {
      try {
        this.deps.hashing?.();
        return;
      } catch (error) {
        if (!(error instanceof OverWork)) throw error;
        if (!told) this.deps.tell([`tmate-set password: nobody can join until it is accepted. ${error.message}`]);
        await pause(this.deps.clock, error.retryAfterMs);
      }
    }
  }

  /** Looks up what is new, and forgets what is not wanted any more. */
  #follow(): void {
    if (this.#disposed) return;
    const wanted = this.#builder.sources;
    for (const [name, { timer }] of this.#sources) {
      if (wanted.includes(name)) continue;
      timer?.cancel();
      this.#sources.delete(name);
    }
    for (const name of wanted) {
      if (this.#sources.has(name)) continue;
      const source: Source = {
        timer: undefined,
        foundAtMs: undefined,
        backoff: new Backoff(FIRST_RETRY_MS, REFRESH_MS),
      };
      this.#sources.set(name, source);
      void this.#lookUp(name, source);
    }
  }

  async #lookUp(name: string, source: Source): Promise<void> {
    const { clock, keys, tell } = this.deps;
    const isCurrent = (): boolean => !this.#disposed && this.#sources.get(name) === source;
    try {
      if (keys === undefined) {
        tell([`${name}: this server does not fetch keys`]);
        return;
      }
      const lines = await keys.keysOf(name);
      if (!isCurrent()) return;
      if (source.foundAtMs === undefined)
        tell([`${name}: ${lines.length} key${lines.length === 1 ? '' : 's'} may join`]);
      source.foundAtMs = clock.monotonic();
      source.backoff.reset();
      this.#found(name, lines);
      this.#later(name, source, REFRESH_MS);
    } catch (error) {
      if (!isShipmateError(error)) this.deps.failed('keys from elsewhere', error);
      if (isCurrent()) this.#notFound(name, source, error);
    }
  }

  #notFound(name: string, source: Source, error: unknown): void {
    const { clock, tell } = this.deps;
    const passing = isShipmateError(error) && error.temporary;
    const trusted = source.foundAtMs !== undefined && clock.monotonic() - source.foundAtMs < TRUSTED_MS;
    if (source.backoff.peek() === FIRST_RETRY_MS) {
      const why = isShipmateError(error) ? error.message : 'internal server error';
      tell([`${name}: ${why}; ${trusted && passing ? 'the previous keys stay valid' : 'it admits nobody'}`]);
    }
    if (!passing || !trusted) this.#found(name, []);
    this.#later(name, source, source.backoff.next());
  }

  #found(name: string, lines: readonly string[]): void {
    this.#builder.found(name, lines);
    this.deps.changed();
  }

  #later(name: string, source: Source, ms: number): void {
    source.timer = this.deps.clock.after(ms, () => void this.#lookUp(name, source));
  }
}
