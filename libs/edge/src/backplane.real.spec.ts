import { afterEach, describe, expect, it } from 'vitest';
import { edgeId, FakeClock, ShipmateError } from '#kernel';
import { Health, loadConfig, Metrics, SystemClock, type Log } from '#platform';
import { freePort, RedisServer, Stage, TcpProxy, until } from '#testing';
import { RareLog, Slowness } from './backplane-observers.js';
import { openBackplane, type SharedBackplane } from './backplane.js';
import { LateRedis } from './late-redis.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

function logged(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const add = (event: string, fields?: object): void => void lines.push(`${event} ${JSON.stringify(fields ?? {})}`);
  const log = { debug: () => undefined, info: add, warn: add, error: add, flush: async () => undefined };
  return { log: log as unknown as Log, lines };
}

async function open(
  env: Record<string, string>,
  role = 'ssh-edge',
): Promise<SharedBackplane & { health: Health; metrics: Metrics }> {
  const [health, metrics] = [new Health(), new Metrics()];
  const { log } = logged();
  const deps = { config: loadConfig(env), log, metrics, clock: new SystemClock(), health, role };
  const backplane = await openBackplane(deps);
  stage.onClear(() => backplane.dispose());
  return { ...backplane, health, metrics };
}

const edge = (id: string) => ({
  id: edgeId(id),
  region: 'local',
  addresses: { sshHost: 'x', sshPort: 1, webUrl: '' },
  load: { sessions: 0, participants: 0 },
  draining: false,
});

describe('the backplane', () => {
  it('says in readiness that Redis has no memory, though its connection is well', async () => {
    const redis = await stage.add(RedisServer.start());
    const { accounts, health, metrics } = await open({ SHIPMATE_REDIS_URL: redis.url });
    expect((await health.ready()).notices).toBeUndefined();
    expect(await metrics.scrape()).toContain('shipmate_redis_refused_total 0');
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction');
    await redis.cli('config', 'set', 'maxmemory', '1');
    await expect(accounts.addUser({ name: 'ada', createdAt: 1 })).rejects.toThrow('Redis is out of memory');
    expect(await health.ready()).toMatchObject({ status: 'ok', notices: { 'redis-writes': 'Redis is out of memory' } });
    expect(await metrics.scrape()).toContain('shipmate_redis_refused_total 1');
  });

  it('is in the process where no Redis is named', async () => {
    const { directory, isShared, regions, health } = await open({});
    await directory.heartbeat(edge('a'));
    expect(await directory.listEdges()).toHaveLength(1);
    expect([isShared, regions.length]).toEqual([false, 0]);
    expect((await health.ready()).checks).not.toHaveProperty('redis');
  });

  it('is one Redis for all: without it an edge is degraded, and a broker not ready', async () => {
    const redis = await stage.add(RedisServer.start());
    const one = await open({ SHIPMATE_REDIS_URL: redis.url });
    const two = await open({ SHIPMATE_REDIS_URL: redis.url }, 'broker');
    let back = 0;
    one.onBack(() => (back += 1));
    await one.directory.heartbeat(edge('a'));
    expect(await two.directory.listEdges()).toHaveLength(1);
    expect((await one.health.ready()).status).toBe('ok');
    expect(await one.metrics.scrape()).toContain('shipmate_redis_up 1');
    await redis.crash();
    await until(async () => (await two.health.ready()).status === 'failing', { what: 'the broker to be red' });
    await until(async () => (await one.health.ready()).status === 'degraded', { what: 'the edge to be degraded' });
    expect((await one.health.ready()).degraded?.['redis']).toContain('Redis at 127.0.0.1');
    const scraped = await one.metrics.scrape();
    for (const sample of ['shipmate_redis_up 0', 'shipmate_degraded 1']) expect(scraped).toContain(sample);
    await redis.restart();
    await until(() => back > 0, { what: 'the news that Redis is back' });
    expect((await one.health.ready()).status).toBe('ok');
    expect(await one.metrics.scrape()).toContain('shipmate_degraded 0');
  });

  it('is degraded while Redis is slow, for brokers too', async () => {
    const redis = await stage.add(RedisServer.start());
    const way = await stage.add(TcpProxy.start(redis.port));
    const { health, directory } = await open({ SHIPMATE_REDIS_URL: `redis://127.0.0.1:${way.port}` }, 'broker');
    way.delay(300);
    const isSlow = async (): Promise<boolean> => {
      await directory.listEdges();
      return (await health.ready()).status === 'degraded';
    };
    await until(isSlow, { what: 'the broker to be degraded', deadlineMs: 20_000 });
    expect((await health.ready()).degraded?.['redis']).toMatch(/^Redis is slow: a round trip takes at least 0\.\d s$/);
    way.delay(0);
    await directory.listEdges();
    await directory.listEdges();
    expect((await health.ready()).status).toBe('ok');
  });

  it('is a Redis for each region; another one need not be there', async () => {
    const [east, port] = [await stage.add(RedisServer.start()), await freePort()];
    const env = { SHIPMATE_REGION: 'east', SHIPMATE_REDIS_REGIONS: `east=${east.url},west=redis://127.0.0.1:${port}` };
    const { regions, directory, health } = await open(env);
    await directory.heartbeat(edge('a'));
    expect(regions.map(({ region }) => region)).toEqual(['west']);
    await expect(regions[0]?.directory.listEdges()).rejects.toMatchObject({ code: 'unavailable' });
    expect((await health.ready()).status).toBe('ok');
  });

  it('is a Redis for each region: a sign-in counts in all of them, and so does its end', async () => {
    const [east, west] = [await stage.add(RedisServer.start()), await stage.add(RedisServer.start())];
    const all = `east=${east.url},west=${west.url}`;
    const here = await open({ SHIPMATE_REGION: 'east', SHIPMATE_REDIS_REGIONS: all });
    const there = await open({ SHIPMATE_REGION: 'west', SHIPMATE_REDIS_REGIONS: all });
    const id = 'A'.repeat(43);
    await here.signIns.put('browser', id, 'ann', 60_000);
    await until(async () => (await there.signIns.get('browser', id)) === 'ann', { what: 'the other region to answer' });
    const ended = { signIn: { at: 1, ids: ['ann'] } };
    await here.signOuts.add({ id: 'ann', at: 2 });
    await until(() => there.signOuts.list.end(ended), { what: 'the other region to hear of the sign-out' });
    await there.signIns.drop('browser', id);
    expect(await here.signIns.get('browser', id)).toBeUndefined();
  });

  it('is not available without its own Redis', async () => {
    const port = await freePort();
    await expect(open({ SHIPMATE_REDIS_URL: `redis://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('LateRedis', () => {
  it('tries until it is there', async () => {
    const clock = new FakeClock();
    const faults: unknown[] = [];
    let there = false;
    let closed = 0;
    const bus = { publish: async () => 7, subscribe: async () => ({ dispose: () => undefined }) };
    const directory = { listEdges: async () => [edge('a')] };
    const late = new LateRedis(
      'the Redis of west',
      async () => {
        if (!there) throw new ShipmateError('unavailable', 'not yet');
        return { bus, directory, close: () => (closed += 1) } as unknown as Awaited<
          ReturnType<ConstructorParameters<typeof LateRedis>[1]>
        >;
      },
      clock,
      (error) => faults.push(error),
    );
    await Promise.resolve();
    await expect(late.directory.listEdges()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(late.bus.publish('c', new Uint8Array())).rejects.toMatchObject({ code: 'unavailable' });
    there = true;
    clock.advance(1000);
    for (let n = 0; n < 5; n++) await Promise.resolve();
    expect(await late.directory.listEdges()).toHaveLength(1);
    expect(await late.bus.publish('c', new Uint8Array())).toBe(7);
    expect(faults).toHaveLength(1);
    late.dispose();
    expect(closed).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe('Slowness', () => {
  it('is not told by one slow command, nor by a while that is too short', () => {
    const clock = new FakeClock();
    const slowness = new Slowness(clock);
    const pass = (seconds: number, ...times: readonly number[]): void => {
      for (let n = 0; n < seconds * 10; n++) {
        clock.advance(100);
        slowness.note(times[n % times.length] ?? 0);
      }
    };
    pass(20, 0.001, 2, 3);
    expect(slowness.notice).toBeUndefined();
    pass(4, 0.8);
    expect(slowness.notice).toBeUndefined();
    pass(8, 0.9, 0.8);
    expect(slowness.notice).toBe('Redis is slow: a round trip takes at least 0.8 s');
    pass(1, 0.002);
    expect(slowness.notice).toBeUndefined();
  });
});

describe('RareLog', () => {
  it('tells each kind of fault now and then', () => {
    const clock = new FakeClock();
    const { log, lines } = logged();
    const rare = new RareLog(log, clock);
    for (let n = 0; n < 50; n++) rare.warn('redis-fault', 'own', new Error('gone'));
    rare.warn('redis-fault', 'west', 'odd');
    clock.advance(10_000);
    rare.warn('redis-fault', 'own', new Error('gone'));
    expect(lines).toEqual([
      'redis-fault {"kind":"own","message":"gone"}',
      'redis-fault {"kind":"west","message":"odd"}',
      'redis-fault {"kind":"own","message":"gone","passedOver":49}',
    ]);
  });
});
