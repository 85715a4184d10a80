import { describe } from 'vitest';
import { LIMITER_CONTRACT_RULES, limiterContract } from '#testing';
import { pause, RedisWorld, worldOf } from '../redis-world.fixture.js';

describe('limits on Redis', () => {
  const world = worldOf(async () => await RedisWorld.standalone());

  limiterContract('RedisLimiter', async () => ({
    connect: async () => (await world().connect()).limiter(LIMITER_CONTRACT_RULES),
    advance: pause,
    dispose: async () => world().empty(),
  }));
});
