import type { Clock } from '#kernel';
import { addressKey, isPassword, type Limiter, type SessionPolicy } from '#access';
import type { Decision, EdgeSessions, JoinTarget } from '#session';
import type { EdgeLimit } from './limits.js';

/**
 * What leads nowhere, has ended, or is refused is told at a whole multiple of this after it was asked for, in ms: how long it took
 * to find out then says nothing.
 */
export const REFUSAL_STEP_MS = 50;

/** Tries of a password before whoever joins must come back. */
export const PASSWORD_TRIES = 3;

/** Too many wrong ones came from the address. */
export interface TooMany {
  readonly kind: 'too-many';
  readonly retryAfterMs: number;
}

export interface ArrivalsDeps {
  readonly sessions: Pick<EdgeSessions, 'find' | 'decide'>;
  readonly limiter: Limiter<EdgeLimit>;
  readonly clock: Clock;
}

/** What every way into a session does before anybody is let in: finds it, tries passwords, and counts what is wrong. */
export class Arrivals {
  constructor(private readonly deps: ArrivalsDeps) {}

  /** What `user` leads to, for an address that has not been wrong too often. The two are asked for at once. */
  async find(user: string | undefined, address: string): Promise<JoinTarget | TooMany> {
    const { sessions } = this.deps;
    return await this.#inSteps(async () => {
      const found = user === undefined ? NOWHERE : sessions.find(user);
      // It is waited for below, or not at all.
      Promise.resolve(found).catch(() => undefined);
      const tooMany = await this.#tooMany(address);
      if (tooMany !== undefined) return tooMany;
      const target = await found;
      if (target.kind === 'unknown') await this.#wrong(address);
      return target;
    });
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
    return verdict.allowed ? undefined : { kind: 'too-many', retryAfterMs: verdict.retryAfterMs };
  }

  async #wrong(address: string): Promise<void> {
    await this.deps.limiter.failed('wrong-token', addressKey(address));
  }

  /** Who gets in need not wait for the step: they know that the token is right. */
  async #inSteps(work: () => Promise<JoinTarget | TooMany>): Promise<JoinTarget | TooMany> {
    const { clock } = this.deps;
    const startMs = clock.monotonic();
    const target = await work();
    if (target.kind === 'session') return target;
    const tookMs = clock.monotonic() - startMs;
    const waitMs = Math.max(1, Math.ceil(tookMs / REFUSAL_STEP_MS)) * REFUSAL_STEP_MS - tookMs;
    await new Promise<void>((resolve) => clock.after(waitMs, resolve));
    return target;
  }
}

const NOWHERE: JoinTarget = { kind: 'unknown' };
