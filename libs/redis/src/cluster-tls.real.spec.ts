import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgeId, generation, sessionId } from '#kernel';
import { RedisCertificates, until } from '#testing';
import { connectRedis } from './connect.js';
import { realClock } from './real-clock.fixture.js';
import { newSession } from './records.fixture.js';
import { RedisWorld } from './redis-world.fixture.js';

const A = edgeId('edge-a');
/** Enough for each of the masters to have some. */
const NAMES = Array.from({ length: 12 }, (_, i) => `s${i}`);

describe('a Cluster with TLS', () => {
  let certificates: RedisCertificates;
  let world: RedisWorld;
  beforeAll(async () => {
    certificates = await RedisCertificates.make();
    world = await RedisWorld.clusteredWithTls(certificates);
  }, 60_000);
  afterAll(async () => {
    await world.stop();
    certificates.dispose();
  });

  const cluster = () => {
    if (world.cluster === undefined) throw new Error('it is no Cluster');
    return world.cluster;
  };

  it('carries the bus and the directory on all of its masters, and through a failover', async () => {
    const [one, two] = [await world.connect(), await world.connect()];
    const heard = new Map<string, number>();
    for (const name of NAMES) {
      await one.directory.claim(newSession(name), A);
      const message = (bytes: Uint8Array): void => void heard.set(name, bytes.length);
      await two.bus.subscribe(`relay:{${name}}:out`, { message });
    }
    const allHear = async (length: number): Promise<void> => {
      const passes = async (): Promise<boolean> => {
        const late = NAMES.filter((name) => heard.get(name) !== length);
        await Promise.all(late.map(async (name) => one.bus.publish(`relay:{${name}}:out`, new Uint8Array(length))));
        return late.length === 0;
      };
      await until(passes, { what: `messages of ${length} bytes to be heard`, deadlineMs: 20_000, everyMs: 20 });
    };
    await allHear(1);
    for (const { port } of cluster().masters) await expectTls(port);

    const [master] = cluster().masters;
    if (master === undefined) throw new Error('there is no master');
    const replica = await cluster().replicaOf(master);
    await replica.cli('cluster', 'failover');
    await until(async () => (await cluster().masterOf(0)) === replica, { what: 'the replica to be master' });
    await allHear(2);
    for (const name of NAMES) {
      const owner = { sessionId: sessionId(name), edgeId: A, generation: generation(1) };
      expect(await two.directory.update(owner, { policy: 'here' })).toMatchObject({ policy: 'here' });
    }
    await expectTls(replica.port);
  });

  /** Checks that a master has clients, and that all of them use TLS. */
  const expectTls = async (port: number): Promise<void> => {
    const admin = world.admins[world.servers.findIndex((server) => server.port === port)];
    const clients = String(await admin?.call('client', 'list')).split('\n');
    const ours = clients.filter((line) => line.includes(' name=test'));
    expect(ours.length).toBeGreaterThanOrEqual(2);
    expect(ours.filter((line) => line.includes(` laddr=127.0.0.1:${port} `))).toEqual([]);
  };

  it('is refused by whoever does not trust it', async () => {
    const url = `${cluster().tlsUrl}?ca=${certificates.otherCa}`;
    const connecting = connectRedis({ url, cluster: true, name: 'test' }, { clock: realClock, startTimeoutMs: 800 });
    await expect(connecting).rejects.toMatchObject({ code: 'unavailable' });
  });
});
