import { describe } from 'vitest';
import { accountsContract, eventsContract, webhooksContract } from '#testing';
import { RedisWorld, worldOf } from '../redis-world.fixture.js';

describe('accounts, events and webhooks on Redis', () => {
  const world = worldOf(async () => await RedisWorld.standalone());

  accountsContract('RedisAccounts', async () => world().accountsHarness());
  eventsContract('RedisEvents', async () => world().eventsHarness());
  webhooksContract('RedisWebhooks', async () => world().webhooksHarness());
});
