import { describe } from 'vitest';
import { busContract, directoryContract, relayContract } from '#testing';
import { RedisWorld, worldOf } from './redis-world.fixture.js';

describe('a single server', () => {
  const world = worldOf(async () => await RedisWorld.standalone());

  busContract('Redis', async () => world().busHarness(), { breaks: true });
  relayContract('Redis', async () => world().relayHarness(), { breaks: true });
  directoryContract('Redis', async () => world().directoryHarness());
});
