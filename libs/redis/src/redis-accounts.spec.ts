import { afterAll, beforeAll, describe } from 'vitest';
import { accountsContract, eventsContract } from '#testing';
import { RedisWorld } from './redis-world.fixture.js';

describe('accounts and events on Redis', () => {
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
  eventsContract('RedisEvents', async () => ({
    connect: async () => (await world.connect()).events,
    dispose: async () => world.empty(),
  }));
});
