import { forgetOldest, NO_TRACER, OverWork, traced, type Clock, type Tracer, type Work } from '#kernel';
import { isPassword, toNextStep, type Limiter, type Quotas } from '#access';
import { addressKey } from '#address';
import type { EdgeSessions, JoinTarget, SessionTarget } from '#fleet';
import type { Decision } from '#session';
import { GuessTurns } from './guess-turns.js';
import { EDGE_LIMITS, type EdgeLimit, type Quota } from './failure-limits.js';

/**
 * Answers about sessions that do not exist, have ended, or refuse somebody come at a whole multiple of this after the request,
 * in ms, so that their time reveals nothing.
 */
export const REFUSAL_STEP_MS = 50;

/** How often a joiner may enter a password before they must connect again. */
export const PASSWORD_TRIES = 3;

/** How long an address counts as known after it used a right token, in ms, and how many such addresses are kept: the latest. */
const KNOWN_MS = 24 * 3_600_000;
const MAX_KNOWN = 10_000;

/**
 * Too many wrong guesses came from the address, or from all addresses, and this address is not known. `busy`: there is no CPU
 * time left to try one more password.
 */
export interface TooMany {
  readonly kind: 'too-many';
  readonly from: 'address' | 'everywhere' | 'busy';
  readonly retryAfterMs: number;
}

export interface JoinAttemptsDeps {
  readonly sessions: Pick<EdgeSessions, 'find' | 'decide'>;
  readonly limiter: Limiter<EdgeLimit>;
  readonly quotas: Pick<Quotas<Quota>, 'look' | 'note'>;
  readonly clock: Clock;
  readonly tracer?: Tracer;
  readonly work?: Pick<Work, 'spend'>;
  /** Attempts from one address that are checked at the same time: as many as are free. */
  readonly attemptsAtOnce?: number;
}

/** What was found, and whether it counts as a wrong guess. */
interface Outcome<T> {
  readonly found: T;
  readonly wrong: boolean;
}

/** How to look up what a token or name leads to. */
export interface FindOptions {
  /** Whether somebody meets everything that the session asks for, as far as is known. */
  readonly admits?: (session: SessionTarget) => boolean;
  /** The same connection has looked it up before: a wrong token was already counted. */
  readonly again?: boolean;
}

/** What every transport does before anybody joins: finds the session, checks passwords, and counts wrong attempts. */
export class JoinAttempts {
  /** Addresses that used a right token, and when; the most recent comes last. */
  readonly #known = new Map<string, number>();

  readonly #turns: GuessTurns;

  constructor(private readonly deps: JoinAttemptsDeps) {
    this.#turns = new GuessTurns(deps.clock, deps.attemptsAtOnce ?? EDGE_LIMITS['wrong-token'].free);
  }

  /**
   * What `user` leads to, for an address that has not been wrong too often. An ended session counts as a wrong token. If
   * `admits` refuses, the answer comes as late as for a session that does not exist.
   */
  async find(
    user: string | undefined,
    address: string,
    { admits = () => true, again = false }: FindOptions = {},
  ): Promise<JoinTarget | TooMany> {
    return await traced(this.deps.tracer ?? NO_TRACER, 'session.find', {}, async (span) => {
      const target = await this.#inSteps(admits, async () => await this.#find(user, address, again));
      span.set({ 'shipmate.target': target.kind });
      if (target.kind === 'session') span.set({ 'shipmate.route': target.route, 'shipmate.session.id': target.id });
      return target;
    });
  }

  async #find(user: string | undefined, address: string, again: boolean): Promise<JoinTarget | TooMany> {
    const { sessions } = this.deps;
    const lookUp = async (): Promise<Outcome<JoinTarget>> => {
      const found = user === undefined ? NOWHERE : await sessions.find(user);
      return { found, wrong: found.kind !== 'session' && !again };
    };
    const target = await this.#attempt(address, lookUp, { atOnce: true });
    if (target.kind === 'session') this.#right(address);
    return target;
  }

  /** What `ask` finds for somebody who does not join; undefined if it finds nothing. */
  async look<T>(ask: () => Promise<T | undefined>, address: string): Promise<T | undefined | TooMany> {
    return await this.#attempt(address, async () => {
      const found = await ask();
      return { found, wrong: found === undefined };
    });
  }

  /** Whether `given` is the password of `hash`. */
  async password(hash: string, given: string, address: string): Promise<boolean | TooMany> {
    try {
      return await this.#attempt(address, async () => {
        this.deps.work?.spend('password', address);
        const found = await isPassword(hash, given);
        return { found, wrong: !found };
      });
    } catch (error) {
      if (!(error instanceof OverWork)) throw error;
      return { kind: 'too-many', from: 'busy', retryAfterMs: error.retryAfterMs };
    }
  }

  /** The result of a host's decision on somebody who waits. */
  async decide(user: string, address: string): Promise<Decision | TooMany> {
    const { sessions } = this.deps;
    return await this.#attempt(address, async () => {
      const found = await sessions.decide(user);
      return { found, wrong: found === 'unknown' };
    });
  }

  /**
   * Checks, tries and counts as one step: nothing from the same address comes in between. `atOnce`: the attempt changes
   * nothing, so it starts while the check still runs.
   */
  async #attempt<T>(
    address: string,
    work: () => Promise<Outcome<T>>,
    { atOnce = false }: { readonly atOnce?: boolean } = {},
  ): Promise<T | TooMany> {
    const outcome = await this.#turns.run(addressKey(address), async () => {
      const begun = atOnce ? work() : undefined;
      // It is awaited below, or never.
      begun?.catch(() => undefined);
      const tooMany = await this.#tooMany(address);
      if (tooMany !== undefined) return tooMany;
      const { found, wrong } = await (begun ?? work());
      if (wrong) await this.#wrong(address);
      return found;
    });
    return outcome === undefined ? { kind: 'too-many', from: 'address', retryAfterMs: 1000 } : outcome.result;
  }

  async #tooMany(address: string): Promise<TooMany | undefined> {
    const verdict = await this.deps.limiter.check('wrong-token', addressKey(address));
    if (!verdict.allowed) return { kind: 'too-many', from: 'address', retryAfterMs: verdict.retryAfterMs };
    if (this.#isKnown(address)) return undefined;
    const exceeded = this.deps.quotas.look('wrong-tokens', { address });
    return exceeded && { kind: 'too-many', from: 'everywhere', retryAfterMs: exceeded.retryAfterMs ?? 1 };
  }

  /** However many guesses come from elsewhere, addresses that were in get in. */
  #isKnown(address: string): boolean {
    const knownMs = this.#known.get(addressKey(address));
    return knownMs !== undefined && this.deps.clock.monotonic() - knownMs < KNOWN_MS;
  }

  #right(address: string): void {
    const key = addressKey(address);
    this.#known.delete(key);
    this.#known.set(key, this.deps.clock.monotonic());
    forgetOldest(this.#known, MAX_KNOWN);
  }

  async #wrong(address: string): Promise<void> {
    this.deps.quotas.note('wrong-tokens', { address });
    this.#turns.failed(addressKey(address));
    await this.deps.limiter.failed('wrong-token', addressKey(address));
  }

  /** People who get in need not wait for the step: they know that the token is right. */
  async #inSteps(
    admits: (session: SessionTarget) => boolean,
    work: () => Promise<JoinTarget | TooMany>,
  ): Promise<JoinTarget | TooMany> {
    const { clock } = this.deps;
    const startMs = clock.monotonic();
    const target = await work();
    if (target.kind === 'session' && admits(target)) return target;
    await toNextStep(clock, REFUSAL_STEP_MS, startMs);
    return target;
  }
}

const NOWHERE: JoinTarget = { kind: 'unknown' };
