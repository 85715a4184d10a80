import { afterAll, beforeAll, describe } from 'vitest';
import { LIMITER_CONTRACT_RULES, limiterContract } from '#testing';
import { pause, RedisWorld } from './redis-world.fixture.js';

describe('limits on Redis', () => {
  let world: RedisWorld;
  beforeAll(async () => {
    world = await RedisWorld.standalone();
  });
  afterAll(async () => {
    await world.stop();
  });

  limiterContract('RedisLimiter', async () => ({
    connect: async () => (await world.connect()).limiter(LIMITER_CONTRACT_RULES),
    advance: pause,
    dispose: async () => world.empty(),
  }));
});
