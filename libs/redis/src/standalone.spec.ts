import { afterAll, beforeAll, describe } from 'vitest';
import { busContract, directoryContract, relayContract } from '#testing';
import { RedisWorld } from './redis-world.fixture.js';

describe('a server alone', () => {
  let world: RedisWorld;
  beforeAll(async () => {
    world = await RedisWorld.standalone();
  });
  afterAll(async () => {
    await world.stop();
  });

  busContract('Redis', async () => world.busHarness(), { breaks: true });
  relayContract('Redis', async () => world.relayHarness(), { breaks: true });
  directoryContract('Redis', async () => world.directoryHarness());
});
