import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Disposable } from '#kernel';
import type { Bus } from '#relay';
import { RedisServer, TcpProxy, until } from '#testing';
import { connectRedis, type RedisBackplane } from './connect.js';
import { realClock } from './real-clock.fixture.js';
import { edgeRecord } from './records.fixture.js';
import { pause, TIMINGS } from './redis-world.fixture.js';

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const edge = edgeRecord();

/** Publishes numbers one after the other, whatever happens, until it is stopped. */
class Counter {
  next = 0;
  failed = 0;
  /** The longest that one call took. */
  longestMs = 0;
  #done = false;
  readonly #loop: Promise<void>;

  constructor(bus: Bus, channel: string) {
    this.#loop = this.#run(bus, channel);
  }

  async stop(): Promise<void> {
    this.#done = true;
    await this.#loop;
  }

  async #run(bus: Bus, channel: string): Promise<void> {
    while (!this.#done) {
      const startMs = performance.now();
      try {
        await bus.publish(channel, bytes(String(this.next++)));
      } catch (error) {
        expect(error).toMatchObject({ name: 'ShipmateError', temporary: true });
        this.failed++;
        await pause(5);
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - startMs);
    }
  }
}

describe('Redis away', () => {
  let server: RedisServer;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(async () => {
    await server.stop();
  });

  const connect = async (port = server.port, states: string[] = []): Promise<RedisBackplane> => {
    const settings = { url: `redis://127.0.0.1:${port}`, name: 'test' };
    const observer = { state: (up: boolean, why: string | undefined) => void states.push(up ? 'up' : `down: ${why}`) };
    const backplane = await connectRedis(settings, { clock: realClock, timings: TIMINGS, observer });
    open.push(backplane);
    return backplane;
  };

  /** What a subscriber hears: numbers, and -1 where it was interrupted. */
  const listen = async (bus: Bus, channel: string): Promise<{ heard: number[]; subscription: Disposable }> => {
    const heard: number[] = [];
    const subscription = await bus.subscribe(channel, {
      message: (message) => void heard.push(Number(new TextDecoder().decode(message))),
      interrupted: () => void heard.push(-1),
    });
    return { heard, subscription };
  };

  const expectOrder = (heard: readonly number[]): void => {
    const numbers = heard.filter((number) => number >= 0);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
    // Every gap was reported.
    heard.forEach((number, i) => {
      const before = heard[i - 1];
      if (number > 0 && before !== undefined && before >= 0) expect(number).toBe(before + 1);
    });
  };

  it('continues by itself after a crash and a restart, in order, and reports every gap', async () => {
    const states: string[] = [];
    const [one, two] = [await connect(), await connect(server.port, states)];
    const { heard } = await listen(two.bus, 'relay:{1}:out');
    const counter = new Counter(one.bus, 'relay:{1}:out');
    await until(() => heard.length > 50);
    await server.crash();
    await until(() => counter.failed > 0 && !two.status.up, { what: 'the loss to be noticed' });
    expect(two.status.why).toMatch(/^(the connection to )?Redis at 127\.0\.0\.1:\d+ (was lost|cannot be reached)/);
    await server.restart();
    const fromHere = counter.next;
    await until(() => (heard.at(-1) ?? 0) > fromHere + 50, { what: 'messages after the restart' });
    await counter.stop();
    expectOrder(heard);
    expect(heard.filter((number) => number === -1)).toHaveLength(1);
    await until(() => one.status.up && two.status.up, { what: 'both to say so' });
    expect(states.map((state) => state.split(':')[0])).toEqual(['up', 'down', 'up']);
  });

  it('stays whole while its subscribers are killed again and again', async () => {
    const [one, two] = [await connect(), await connect()];
    const { heard } = await listen(two.bus, 'relay:{1}:out');
    const counter = new Counter(one.bus, 'relay:{1}:out');
    for (let i = 1; i <= 5; i++) {
      await until(() => (heard.at(-1) ?? -1) >= 0, { what: `messages before kill ${i}` });
      await server.cli('client', 'kill', 'type', 'pubsub');
      await until(() => heard.filter((number) => number === -1).length >= i, { what: `interruption ${i}` });
    }
    const fromHere = counter.next;
    await until(() => (heard.at(-1) ?? 0) > fromHere, { what: 'messages after the last kill' });
    await counter.stop();
    expectOrder(heard);
    expect(counter.failed).toBe(0);
  });

  it('brings thousands of subscriptions back', async () => {
    const { bus } = await connect();
    const interrupted = new Set<number>();
    for (let from = 0; from < 3_000; from += 500) {
      const batch = Array.from({ length: 500 }, async (_, i) => {
        const interruptions = { message: () => undefined, interrupted: () => void interrupted.add(from + i) };
        await bus.subscribe(`relay:{${from + i}}:in`, interruptions);
      });
      await Promise.all(batch);
    }
    await server.cli('client', 'kill', 'type', 'pubsub');
    await until(() => interrupted.size === 3_000, { what: 'all to be told' });
    expect(await bus.publish('relay:{2999}:in', bytes('x'))).toBe(1);
  });

  it('fails within seconds when Redis hangs, and continues when Redis answers again', async () => {
    const { bus, directory, status } = await connect();
    await listen(bus, 'relay:{1}:out');
    server.program.signal('SIGSTOP');
    try {
      const startMs = performance.now();
      const calls = await Promise.allSettled([
        bus.publish('relay:{1}:out', bytes('1')),
        directory.listEdges(),
        bus.subscribe('relay:{2}:out', { message: () => undefined }),
      ]);
      for (const call of calls) expect(call).toMatchObject({ reason: { name: 'ShipmateError', temporary: true } });
      expect(performance.now() - startMs).toBeLessThan(10_000);
      await until(() => !status.up, { what: 'Redis to count as away' });
    } finally {
      server.program.signal('SIGCONT');
    }
    await until(() => status.up, { what: 'Redis to be back', deadlineMs: 15_000 });
    expect(await until(async () => bus.publish('relay:{1}:out', bytes('2')))).toBe(1);
  });

  it('refuses more than it may hold while nothing gets through', async () => {
    const proxy = await TcpProxy.start(server.port);
    open.push({ close: () => void proxy.stop() });
    const backplane = await connect(proxy.port);
    const { bus } = backplane;
    proxy.stall();
    const large = new Uint8Array(512 * 1024);
    const refused: unknown[] = [];
    const waiting = Array.from({ length: 200 }, async (_, i) =>
      bus.publish(`relay:{${i}}:out`, large).catch((error: unknown) => void refused.push(error)),
    );
    await until(() => refused.length >= 200 - 64, { what: 'the rest to be refused' });
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'unavailable', message: 'too much waits to be published' });
    }
    expect(refused).toHaveLength(200 - 64);
    await expect(bus.publish('relay:{1}:out', new Uint8Array(2 ** 21))).rejects.toMatchObject({ code: 'limit' });
    // What waits fails as soon as nobody waits for Redis any more.
    backplane.close();
    await Promise.all(waiting);
    expect(refused).toHaveLength(200);
  });

  it('lets an edge look dead whose subscription is dead, though its commands work', async () => {
    const proxy = await TcpProxy.start(server.port);
    open.push({ close: () => void proxy.stop() });
    const [{ directory }, observer] = [await connect(proxy.port), await connect()];
    await directory.heartbeat(edge);
    expect(await observer.directory.listEdges()).toEqual([edge]);
    // The connection stands and Redis counts it as a receiver, but nothing arrives.
    proxy.stall(({ opening }) => opening.includes('test:subscriber'));
    await expect(directory.heartbeat(edge)).rejects.toMatchObject({ temporary: true });
    expect(await directory.listEdges()).toEqual([]);
    proxy.resume();
    proxy.cut(({ opening }) => opening.includes('test:subscriber'));
    await until(async () => directory.heartbeat(edge), { what: 'the edge to hear itself again' });
    expect(await observer.directory.listEdges()).toEqual([edge]);
  });

  it('ends what is under way when it is closed', async () => {
    const backplane = await connect();
    server.program.signal('SIGSTOP');
    try {
      const published = backplane.bus.publish('relay:{1}:out', bytes('1'));
      backplane.close();
      await expect(published).rejects.toMatchObject({ code: 'unavailable' });
      await expect(backplane.directory.listEdges()).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      server.program.signal('SIGCONT');
    }
  });
});
