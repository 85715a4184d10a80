import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLimiter } from '#access';
import { FakeClock } from '#kernel';
import { limiterContract, LIMITER_CONTRACT_RULES } from '#testing';

limiterContract('memory', async () => {
  const clock = new FakeClock();
  const limiter = new MemoryLimiter(clock, LIMITER_CONTRACT_RULES);
  return {
    connect: async () => limiter,
    advance: async (ms) => clock.advance(ms),
    dispose: async () => {},
  };
});

describe('MemoryLimiter', () => {
  it('keeps a bounded number of keys, those used last', async () => {
    const limiter = new MemoryLimiter(new FakeClock(), LIMITER_CONTRACT_RULES, 3);
    await limiter.take('joins', 'a', 5);
    for (const key of ['b', 'c', 'a', 'd']) await limiter.take('joins', key);
    expect(limiter.size).toBe(3);
    expect((await limiter.take('joins', 'a')).allowed).toBe(false);
    expect((await limiter.take('joins', 'b', 5)).allowed).toBe(true);
  });

  it('never gives more than the burst and what time has refilled', async () => {
    const step = fc.record({ waitMs: fc.nat(500), amount: fc.integer({ min: 1, max: 6 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step), async (steps) => {
        const clock = new FakeClock();
        const limiter = new MemoryLimiter(clock, LIMITER_CONTRACT_RULES);
        let given = 0;
        for (const { waitMs, amount } of steps) {
          clock.advance(waitMs);
          if ((await limiter.take('joins', 'a', amount)).allowed) given += amount;
          expect(given).toBeLessThanOrEqual(5 + clock.monotonic() / 100 + 1e-6);
        }
      }),
    );
  });
});
