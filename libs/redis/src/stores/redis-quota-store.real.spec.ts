import { describe } from 'vitest';
import { quotaStoreContract } from '#testing';
import { pause, RedisWorld, worldOf } from '../redis-world.fixture.js';

describe('quotas on Redis', () => {
  const world = worldOf(async () => await RedisWorld.standalone());

  quotaStoreContract('RedisQuotaStore', async () => ({
    connect: async () => (await world().connect()).quotas,
    advance: pause,
    dispose: async () => world().empty(),
  }));
});
