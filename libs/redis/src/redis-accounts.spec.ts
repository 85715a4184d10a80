import { afterAll, beforeAll, describe } from 'vitest';
import { accountsContract, eventsContract, webhooksContract } from '#testing';
import { pause, RedisWorld } from './redis-world.fixture.js';

describe('accounts, events and webhooks on Redis', () => {
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
  webhooksContract('RedisWebhooks', async () => ({
    connect: async () => (await world.connect()).webhooks,
    advance: pause,
    dispose: async () => world.empty(),
  }));
});
