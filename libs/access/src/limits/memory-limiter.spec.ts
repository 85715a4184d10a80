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
  it('keeps a bounded number of keys, those that failed last', async () => {
    const limiter = new MemoryLimiter(new FakeClock(), LIMITER_CONTRACT_RULES, 3);
    for (const key of ['a', 'b', 'c', 'a', 'd', 'a']) await limiter.failed('tokens', key);
    expect(limiter.size).toBe(3);
    expect((await limiter.check('tokens', 'a')).allowed).toBe(false);
    await limiter.failed('tokens', 'b');
    expect((await limiter.failed('tokens', 'b')).allowed).toBe(true);
  });
});
