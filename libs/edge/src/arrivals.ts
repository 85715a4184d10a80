import { NO_TRACER, traced, type Clock, type Tracer } from '#kernel';
import { isPassword, toNextStep, type Limiter, type Quotas, type SessionPolicy } from '#access';
import { addressKey } from '#address';
import type { EdgeSessions, JoinTarget, SessionTarget } from '#fleet';
import type { Decision } from '#session';
import type { EdgeLimit, Quota } from './limits.js';

/**
 * What leads nowhere, has ended, or is refused is told at a whole multiple of this after it was asked for, in ms: how long it took
 * to find out then says nothing.
 */
export const REFUSAL_STEP_MS = 50;

/** Tries of a password before whoever joins must come back. */
export const PASSWORD_TRIES = 3;

/** Who had a right token within this time is known, and so many of them, the latest, in ms. */
const KNOWN_MS = 24 * 3_600_000;
const MAX_KNOWN = 10_000;

/** Too many wrong ones came from the address, or from everywhere and this address is not known. */
export interface TooMany {
  readonly kind: 'too-many';
  readonly from: 'address' | 'everywhere';
  readonly retryAfterMs: number;
}

export interface ArrivalsDeps {
  readonly sessions: Pick<EdgeSessions, 'find' | 'decide'>;
  readonly limiter: Limiter<EdgeLimit>;
  readonly quotas: Pick<Quotas<Quota>, 'look' | 'note'>;
  readonly clock: Clock;
  readonly tracer?: Tracer;
}

/** What every way into a session does before anybody is let in: finds it, tries passwords, and counts what is wrong. */
export class Arrivals {
  /** Addresses that had a right token, and when; the latest last. */
  readonly #known = new Map<string, number>();

  constructor(private readonly deps: ArrivalsDeps) {}

  /**
   * What `user` leads to, for an address that has not been wrong too often. The two are asked for at once. A session that `admits`
   * is against is told as late as one that is not there.
   */
  async find(
    user: string | undefined,
    address: string,
    admits: (session: SessionTarget) => boolean = () => true,
  ): Promise<JoinTarget | TooMany> {
    return await traced(this.deps.tracer ?? NO_TRACER, 'session.find', {}, async (span) => {
      const target = await this.#find(user, address, admits);
      span.set({ 'shipmate.target': target.kind });
      if (target.kind === 'session') span.set({ 'shipmate.route': target.route, 'shipmate.session.id': target.id });
      return target;
    });
  }

  async #find(
    user: string | undefined,
    address: string,
    admits: (session: SessionTarget) => boolean,
  ): Promise<JoinTarget | TooMany> {
    const { sessions } = this.deps;
    return await this.#inSteps(admits, async () => {
      const found = user === undefined ? NOWHERE : sessions.find(user);
      // It is waited for below, or not at all.
      Promise.resolve(found).catch(() => undefined);
      const tooMany = await this.#tooMany(address);
      if (tooMany !== undefined) return tooMany;
      const target = await found;
      if (target.kind === 'unknown') await this.#wrong(address);
      else if (target.kind === 'session') this.#right(address);
      return target;
    });
  }

  /** What `ask` finds out for somebody who does not join; undefined where it is nothing. */
  async look<T>(ask: () => Promise<T | undefined>, address: string): Promise<T | undefined | TooMany> {
    const tooMany = await this.#tooMany(address);
    if (tooMany !== undefined) return tooMany;
    const found = await ask();
    if (found === undefined) await this.#wrong(address);
    return found;
  }

  /** Whether `given` is the password of a session that has one. */
  async password(
    { password }: Pick<SessionPolicy, 'password'>,
    given: string,
    address: string,
  ): Promise<boolean | TooMany> {
    const tooMany = await this.#tooMany(address);
    if (tooMany !== undefined) return tooMany;
    if (password === undefined || (await isPassword(password, given))) return true;
    await this.#wrong(address);
    return false;
  }

  /** What came of a host's word about somebody who waits. */
  async decide(user: string, address: string): Promise<Decision | TooMany> {
    const { sessions } = this.deps;
    const tooMany = await this.#tooMany(address);
    if (tooMany !== undefined) return tooMany;
    const decision = await sessions.decide(user);
    if (decision === 'unknown') await this.#wrong(address);
    return decision;
  }

  async #tooMany(address: string): Promise<TooMany | undefined> {
    const verdict = await this.deps.limiter.check('wrong-token', addressKey(address));
    if (!verdict.allowed) return { kind: 'too-many', from: 'address', retryAfterMs: verdict.retryAfterMs };
    if (this.#isKnown(address)) return undefined;
    const exceeded = this.deps.quotas.look('wrong-tokens', { address });
    return exceeded && { kind: 'too-many', from: 'everywhere', retryAfterMs: exceeded.retryAfterMs ?? 1 };
  }

  /** However many guess from elsewhere, who was in comes in. */
  #isKnown(address: string): boolean {
    const knownMs = this.#known.get(addressKey(address));
    return knownMs !== undefined && this.deps.clock.monotonic() - knownMs < KNOWN_MS;
  }

  #right(address: string): void {
    const key = addressKey(address);
    this.#known.delete(key);
    this.#known.set(key, this.deps.clock.monotonic());
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  async #wrong(address: string): Promise<void> {
    this.deps.quotas.note('wrong-tokens', { address });
    await this.deps.limiter.failed('wrong-token', addressKey(address));
  }

  /** Who gets in need not wait for the step: they know that the token is right. */
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
