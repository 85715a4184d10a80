import { afterAll, beforeAll, describe } from 'vitest';
import { accountsContract } from '#testing';
import { RedisWorld } from './redis-world.fixture.js';

describe('accounts on Redis', () => {
  let world: RedisWorld;
  beforeAll(async () => {
    world = await RedisWorld.standalone();
  });
  afterAll(async () => {
    await world.stop();
  });

  accountsContract('RedisAccounts', async () => ({
    connect: async () => (await world.connect()).accounts,
    dispose: async () => world.empty(),
  }));
});
