import { describe, expect, it } from 'vitest';
import {
  accountsContract,
  busContract,
  directoryContract,
  eventsContract,
  quotaStoreContract,
  relayContract,
  webhooksContract,
} from '#testing';
import { leastRights } from './least-rights.fixture.js';
import { pause, RedisWorld, worldOf } from './redis-world.fixture.js';

describe('a Cluster of three masters', () => {
  const world = worldOf(async () => await RedisWorld.clustered());

  busContract('Redis Cluster', async () => world().busHarness(), { breaks: true });
  relayContract('Redis Cluster', async () => world().relayHarness(), { breaks: true });
  directoryContract('Redis Cluster', async () => world().directoryHarness());
  accountsContract('Redis Cluster', async () => world().accountsHarness());
  eventsContract('Redis Cluster', async () => world().eventsHarness());
  quotaStoreContract('Redis Cluster', async () => ({
    connect: async () => (await world().connect()).quotas,
    advance: pause,
    dispose: async () => await world().empty(),
  }));
  webhooksContract('Redis Cluster', async () => world().webhooksHarness());

  it('is swept for leftovers on every master, and has none', async () => {
    const { housekeeping } = await world().connect();
    for (let step = await housekeeping.sweep(); !step.whole; step = await housekeeping.sweep()) {
      expect(step.removed).toEqual({});
    }
  });

  it('has used every right that docs/redis.md lists by now, and been refused none', async () => {
    const used = new Set<string>();
    for (const admin of world().admins) {
      for (const [, command = ''] of (await admin.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=[1-9]/gm)) {
        used.add(command);
      }
      expect(await admin.info('errorstats')).not.toContain('NOPERM');
    }
    const rights = leastRights().flatMap((rule) => (rule.startsWith('+') ? rule.slice(1) : []));
    // A database other than 0, slots that move, and names that have been stale for a minute.
    const rare = new Set(['select', 'asking', 'zrem']);
    expect(rights.filter((right) => !used.has(right) && !rare.has(right))).toEqual([]);
  });
});
