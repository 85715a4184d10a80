import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { DirectoryTimings } from '#directory';
import { BusRelay } from '#relay';
import {
  RedisCluster,
  RedisServer,
  until,
  type AccountsHarness,
  type BusHarness,
  type DirectoryHarness,
  type EventsHarness,
  type RedisCertificates,
  type RelayHarness,
  type WebhooksHarness,
} from '#testing';
import { connectRedis, type RedisBackplane } from './connect.js';
import { KEY_PATTERNS } from './stores/keys.js';
import { leastRights, PASSWORD } from './least-rights.fixture.js';
import type { RedisObserver } from './connection/options.js';
import { realClock } from './real-clock.fixture.js';

/** Short enough to wait for, long enough for a loaded machine not to end a lease between two lines of a test. */
export const TIMINGS: DirectoryTimings = { edgeLeaseMs: 2_000, closedMemoryMs: 500 };

export const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A world for the tests of one `describe`: begun before the first and ended after the last of them. After each test its
 * clients are closed, or, with `empty`, what they wrote is looked at as well and removed.
 */
export function worldOf(start: () => Promise<RedisWorld>, after?: 'close' | 'empty'): () => RedisWorld {
  let world: RedisWorld | undefined;
  const started = (): RedisWorld => {
    if (world === undefined) throw new Error('the world has not begun yet');
    return world;
  };
  beforeAll(async () => {
    world = await start();
  }, 60_000);
  if (after !== undefined) afterEach(async () => await started()[after]());
  afterAll(async () => await world?.stop());
  return started;
}

/** A real Redis, clients of it with the least rights, and an administrator's connection to each of its servers. */
export class RedisWorld {
  readonly #open: RedisBackplane[] = [];
  readonly admins: readonly Redis[];

  private constructor(
    readonly servers: readonly RedisServer[],
    /** Gives a client's URL, with its login. */
    private readonly url: (login: string) => string,
    readonly cluster: RedisCluster | undefined,
  ) {
    this.admins = servers.map(({ port }) => new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: 0 }));
    for (const admin of this.admins) admin.on('error', () => undefined);
  }

  static async standalone(): Promise<RedisWorld> {
    const server = await RedisServer.start();
    return new RedisWorld([server], (login) => `redis://${login}@127.0.0.1:${server.port}`, undefined).allow();
  }

  static async clustered(): Promise<RedisWorld> {
    const cluster = await RedisCluster.start();
    return new RedisWorld(cluster.servers, (login) => cluster.url.replace('//', `//${login}@`), cluster).allow();
  }

  /** A Cluster whose servers speak TLS among themselves and to their clients. */
  static async clusteredWithTls(certificates: RedisCertificates): Promise<RedisWorld> {
    const cluster = await RedisCluster.start({ certificates });
    const url = (login: string): string => `${cluster.tlsUrl.replace('//', `//${login}@`)}?ca=${certificates.ca}`;
    return new RedisWorld(cluster.servers, url, cluster).allow();
  }

  /** A process' connection, as the user of docs/redis.md. */
  async connect(observer: RedisObserver = {}, timings = TIMINGS, clock = realClock): Promise<RedisBackplane> {
    const settings = {
      url: this.url(`shipmate:${PASSWORD}`),
      cluster: this.cluster !== undefined,
      name: 'test',
    };
    const backplane = await connectRedis(settings, { clock, timings, observer });
    this.#open.push(backplane);
    return backplane;
  }

  /** Cuts every subscriber off. */
  async killSubscribers(): Promise<void> {
    await Promise.all(this.admins.map(async (admin) => admin.call('client', 'kill', 'type', 'pubsub')));
  }

  /** Writes a text as an administrator, wherever its slot is. */
  async set(key: string, value: string): Promise<void> {
    await this.#atOwner(async (admin) => await admin.set(key, value));
  }

  /** Adds to a sorted set. */
  async list(key: string, member: string): Promise<void> {
    await this.#atOwner(async (admin) => await admin.zadd(key, 0, member));
  }

  /** In a Cluster all masters but one say that the key is elsewhere. */
  async #atOwner(write: (admin: Redis) => Promise<unknown>): Promise<void> {
    await Promise.any(this.#masters().map(write));
  }

  /** Every key on every master. */
  async keys(): Promise<string[]> {
    return (await Promise.all(this.#masters().map(async (admin) => admin.keys('*')))).flat();
  }

  /** Closes all clients. */
  close(): void {
    for (const backplane of this.#open.splice(0)) backplane.close();
  }

  /** Closes all clients, checks that they wrote only what they may, and empties Redis. */
  async empty(): Promise<void> {
    this.close();
    const odd = (await this.keys()).filter((key) => !KEY_PATTERNS.some((pattern) => pattern.test(key)));
    await Promise.all(this.#masters().map(async (admin) => admin.flushall()));
    expect(odd).toEqual([]);
  }

  async stop(): Promise<void> {
    this.close();
    for (const admin of this.admins) admin.disconnect();
    await (this.cluster ?? this.servers[0])?.stop();
  }

  busHarness(): BusHarness {
    return {
      connect: async () => (await this.connect()).bus,
      eventually: async (done) => void (await until(done, { everyMs: 2 })),
      interrupt: async () => this.killSubscribers(),
      dispose: async () => this.empty(),
    };
  }

  relayHarness(): RelayHarness {
    return { ...this.busHarness(), connect: async () => new BusRelay((await this.connect()).bus, realClock) };
  }

  directoryHarness(): DirectoryHarness {
    return {
      connect: async () => (await this.connect()).directory,
      timings: TIMINGS,
      advance: pause,
      dispose: async () => this.empty(),
    };
  }

  accountsHarness(): AccountsHarness {
    return { connect: async () => (await this.connect()).accounts, dispose: async () => this.empty() };
  }

  eventsHarness(): EventsHarness {
    return { connect: async () => (await this.connect()).events, dispose: async () => this.empty() };
  }

  webhooksHarness(): WebhooksHarness {
    return {
      connect: async () => (await this.connect()).webhooks,
      advance: pause,
      dispose: async () => this.empty(),
    };
  }

  /** On a Cluster, the first three servers, which no test that uses this makes replicas. */
  #masters(): readonly Redis[] {
    return this.cluster === undefined ? this.admins : this.admins.slice(0, this.cluster.masters.length);
  }

  /** Makes the user; also after a restart, which forgets it. */
  async allow(): Promise<this> {
    const rules = leastRights();
    await Promise.all(this.admins.map(async (admin) => admin.call('acl', 'setuser', ...rules)));
    return this;
  }
}
