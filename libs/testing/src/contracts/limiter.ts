import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Limiter } from '#access';

/** The rules that the suite counts by; `make` builds a limiter of them. */
export const LIMITER_CONTRACT_RULES = {
  /** 2 are free, then 200, 400, 800, 800 ms … */
  tokens: { free: 2, firstWaitMs: 200, maxWaitMs: 800, forgetMs: 1_000 },
} as const;
type Rule = keyof typeof LIMITER_CONTRACT_RULES;

/** One store and connections to it, made for each test. */
export interface LimiterHarness {
  /** Another client of the same store, with `LIMITER_CONTRACT_RULES`. */
  connect(): Promise<Limiter<Rule>>;
  advance(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What every `Limiter` must do. Waits are checked with room for a store whose clock is real. */
export function limiterContract(name: string, make: () => Promise<LimiterHarness>): void {
  describe(`${name}: the limiter's contract`, () => {
    let harness: LimiterHarness;
    let one: Limiter<Rule>;
    let two: Limiter<Rule>;

    beforeEach(async () => {
      harness = await make();
      one = await harness.connect();
      two = await harness.connect();
    });
    afterEach(async () => {
      await harness.dispose();
    });

    const failTimes = async (times: number, key = 'a'): Promise<void> => {
      for (let i = 0; i < times; i++) await one.failed('tokens', key);
    };

    it('counts each key for itself', async () => {
      await failTimes(3);
      expect(await one.check('tokens', 'b')).toEqual({ allowed: true });
    });

    it('lets the first failures pass, then waits twice as long each time, up to a bound', async () => {
      expect(await one.check('tokens', 'a')).toEqual({ allowed: true });
      expect(await one.failed('tokens', 'a')).toEqual({ allowed: true });
      expect(await two.failed('tokens', 'a')).toEqual({ allowed: true });
      for (const waitMs of [200, 400, 800, 800]) {
        const verdict = await one.failed('tokens', 'a');
        if (verdict.allowed) throw new Error('a failure too many cost nothing');
        expect(verdict.retryAfterMs).toBeLessThanOrEqual(waitMs);
        expect(verdict.retryAfterMs).toBeGreaterThan(waitMs * 0.7);
        expect((await two.check('tokens', 'a')).allowed).toBe(false);
        await harness.advance(waitMs + 5);
        expect(await two.check('tokens', 'a')).toEqual({ allowed: true });
      }
    });

    it('counts failures at the same time each for one', async () => {
      await Promise.all(Array.from({ length: 5 }, async (_, i) => (i % 2 ? one : two).failed('tokens', 'a')));
      const verdict = await one.check('tokens', 'a');
      expect(verdict.allowed ? 0 : verdict.retryAfterMs).toBeGreaterThan(500);
    });

    it('forgets failures after a while without one', async () => {
      await failTimes(4);
      await harness.advance(400 + 1_000 + 10);
      expect(await one.failed('tokens', 'a')).toEqual({ allowed: true });
    });
  });
}
