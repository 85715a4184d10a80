import { afterAll, beforeAll, describe } from 'vitest';
import { busContract, directoryContract, relayContract } from '#testing';
import { RedisWorld } from './redis-world.fixture.js';

describe('a Cluster of three masters', () => {
  let world: RedisWorld;
  beforeAll(async () => {
    world = await RedisWorld.clustered();
  }, 60_000);
  afterAll(async () => {
    await world.stop();
  });

  busContract('Redis Cluster', async () => world.busHarness(), { breaks: true });
  relayContract('Redis Cluster', async () => world.relayHarness(), { breaks: true });
  directoryContract('Redis Cluster', async () => world.directoryHarness());
});
