import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgeId, sessionId, type Clock } from '#kernel';
import { RedisSentinel, until } from '#testing';
import { parseRedisUrl } from '../connection/address.js';
import { connectRedis, type RedisBackplane } from '../connect.js';
import { realClock } from '../real-clock.fixture.js';
import { newSession } from '../records.fixture.js';
import { Sentinels } from './sentinel.js';

const A = edgeId('edge-a');
const clock: Clock = realClock;

describe('a master that sentinels name', () => {
  let world: RedisSentinel;
  const open: RedisBackplane[] = [];

  beforeAll(async () => {
    world = await RedisSentinel.start();
  }, 60_000);
  afterAll(async () => {
    for (const backplane of open) backplane.close();
    await world.stop();
  });

  const connect = async (): Promise<RedisBackplane> => {
    const backplane = await connectRedis({ url: world.url, name: 'test' }, { clock });
    open.push(backplane);
    return backplane;
  };

  it('is followed through a failover with both alive, and through its death', async () => {
    const [one, two] = [await connect(), await connect()];
    const heard: string[] = [];
    await two.bus.subscribe('relay:{1}:out', {
      message: (message) => void heard.push(new TextDecoder().decode(message)),
      interrupted: () => void heard.push('(interrupted)'),
    });
    const passes = async (words: string): Promise<void> => {
      await until(
        async () => {
          await one.bus.publish('relay:{1}:out', Buffer.from(words));
          return heard.includes(words);
        },
        { what: `"${words}" to be heard`, deadlineMs: 20_000 },
      );
    };
    await one.directory.claim(newSession('before'), A);
    await passes('before');

    const former = await world.master();
    await world.failover();
    // The former master continues for seconds as if nothing had happened: no client may stay with it.
    await until(() => heard.includes('(interrupted)'), { what: 'the new master to be followed' });
    await passes('after a failover');
    expect(await two.directory.lookup(sessionId('before'))).toBeDefined();
    await one.directory.claim(newSession('between'), A);
    expect(await world.master()).not.toBe(former);

    // The sentinels would make a replica of the former master in ten seconds; then it can be made master again.
    const master = await world.master();
    await former.cli('replicaof', '127.0.0.1', `${master.port}`);
    await until(async () => (await former.cli('info', 'replication')).includes('master_link_status:up'), {
      what: 'the former master to follow',
      deadlineMs: 20_000,
    });
    heard.length = 0;
    await master.crash();
    await passes('after a death');
    expect(heard[0]).toBe('(interrupted)');
    await until(() => one.status.up && two.status.up, { what: 'both to be back' });
    expect(await two.directory.lookup(sessionId('between'))).toBeDefined();
    await one.directory.claim(newSession('after'), A);
  }, 90_000);

  it('asks another sentinel first each time, and passes over one that is not there', async () => {
    const [, hosts = ''] = /\/\/([^/]*)\//.exec(world.url) ?? [];
    const address = parseRedisUrl(`redis+sentinel://127.0.0.1:1,${hosts}/shipmate`);
    const login = { username: undefined, password: undefined, db: 0, name: 'test', tls: undefined };
    const locator = new Sentinels({ clock, observer: {} }, address, login);
    const master = await world.master();
    const expected = { host: '127.0.0.1', port: master.port };
    for (let i = 0; i < 5; i++) expect(await locator.locate()).toMatchObject(expected);
  });

  it('is found by new sentinels, which count failovers from the beginning, once most of them agree', async () => {
    const [, hosts = ''] = /\/\/([^/]*)\//.exec(world.url) ?? [];
    const address = parseRedisUrl(`redis+sentinel://${hosts}/shipmate`);
    const login = { username: undefined, password: undefined, db: 0, name: 'test', tls: undefined };
    const locator = new Sentinels({ clock, observer: {} }, address, login);
    const master = await world.master();
    const { port } = master;
    await locator.locate();
    await world.forget();
    await world.tell(0, master);
    // A single one may have missed what happened.
    for (let i = 0; i < 3; i++) await expect(locator.locate()).rejects.toMatchObject({ code: 'unavailable' });
    for (const n of [1, 2]) await world.tell(n, master);
    expect(await locator.locate()).toMatchObject({ host: '127.0.0.1', port });
  });

  it('is not found under another name, or behind its own address', async () => {
    const options = { clock, startTimeoutMs: 700 };
    await expect(
      connectRedis({ url: world.url.replace('shipmate', 'other'), name: 'test' }, options),
    ).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('does not say where that master is') as string,
    });
    const sentinel = world.url.replace(/^redis\+sentinel:\/\/([^,/]*).*$/, 'redis://$1');
    await expect(connectRedis({ url: sentinel, name: 'test' }, options)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('is a sentinel') as string,
    });
  });
});
