import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { ShipmateError, type Clock } from '#kernel';
import { showHostPort, type HostPort } from './address.js';
import { connectFault, readFault, Refusal } from './faults.js';
import { CONNECT_TIMEOUT_MS } from './options.js';

/** The login and TLS settings of a connection. */
export interface Login {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  /** Undefined: without TLS. */
  readonly tls: ConnectionOptions | undefined;
}

/** Two of this version's parts need Redis 7.0: sharded pub/sub, and scripts that may read the time and write. */
const LEAST_MAJOR = 7;

/**
 * Opens one connection and logs in. It does not reconnect: one object is one connection, and when it ends, everything that
 * waits for a reply fails at once. The caller must listen to `end`. Throws the errors of `connectFault`.
 */
export async function dial(where: HostPort, login: Login, clock: Clock, abort?: AbortSignal): Promise<Redis> {
  const redis = new Redis({
    host: where.host,
    port: where.port,
    username: login.username,
    password: login.password,
    db: login.db,
    connectionName: login.name,
    ...(login.tls && { tls: { ...login.tls, ...(isIP(where.host) === 0 && { servername: where.host }) } }),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // `hangUp` waits for no other end; ioredis' timer would keep the process for its two seconds.
    disconnectTimeout: 1,
    disableClientInfo: true,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    retryStrategy: null,
  });
  let cause: unknown;
  // ioredis writes errors that nobody listens to onto the console, arguments included.
  redis.on('error', (error: unknown) => (cause ??= error));
  const giveUp = (why: unknown): void => {
    cause ??= why;
    hangUp(redis);
  };
  const late = clock.after(CONNECT_TIMEOUT_MS, () =>
    giveUp(new ShipmateError('unavailable', `Redis at ${showHostPort(where)} does not answer`)),
  );
  const aborted = (): void => giveUp(new ShipmateError('unavailable', 'connecting to Redis was cancelled'));
  abort?.addEventListener('abort', aborted);
  try {
    await redis.connect();
    if (cause !== undefined) throw cause;
    return redis;
  } catch (error) {
    hangUp(redis);
    throw connectFault(showHostPort(where), cause ?? error);
  } finally {
    late.cancel();
    abort?.removeEventListener('abort', aborted);
  }
}

/** Ends a connection at once, also one whose other end does not answer. */
export function hangUp(redis: Redis): void {
  redis.disconnect();
  (redis.stream as typeof redis.stream | undefined)?.destroy();
}

/**
 * Refuses a server of the wrong kind: `config` if it is too old, a sentinel, or part of a Cluster when none is expected, or the
 * reverse; `unavailable` if it is a replica or still loading.
 */
export async function checkServer(redis: Redis, where: HostPort, cluster: boolean): Promise<void> {
  const at = showHostPort(where);
  const hello = await ask(redis, at, 'hello').catch((error: unknown) => {
    if (error instanceof Refusal) throw tooOld(at);
    throw error;
  });
  const about = new Map<unknown, unknown>();
  if (Array.isArray(hello)) for (let i = 0; i < hello.length; i += 2) about.set(hello[i], hello[i + 1]);
  if (!(Number.parseInt(String(about.get('version')), 10) >= LEAST_MAJOR)) throw tooOld(at);
  const mode = about.get('mode');
  if (mode === 'sentinel') throw new ShipmateError('config', `${at} is a sentinel: use redis+sentinel://`);
  if ((mode === 'cluster') !== cluster) {
    const hint = cluster ? 'is not part of a Redis Cluster' : 'is part of a Redis Cluster: set SHIPMATE_REDIS_CLUSTER';
    throw new ShipmateError('config', `Redis at ${at} ${hint}`);
  }
  if (about.get('role') !== 'master') throw new ShipmateError('unavailable', `Redis at ${at} is a replica`);
  await ask(redis, at, 'ping').catch((error: unknown) => {
    throw connectFault(at, error);
  });
}

const tooOld = (at: string): ShipmateError =>
  new ShipmateError('config', `Redis at ${at} is too old: ${LEAST_MAJOR}.0 or newer is needed`);

/** A command of the setting-up; a `Refusal` or what `connectFault` says. */
export async function ask(redis: Redis, at: string, command: string, ...args: readonly string[]): Promise<unknown> {
  try {
    return await redis.call(command, ...args);
  } catch (error) {
    const fault = readFault(error);
    throw fault instanceof Refusal ? fault : connectFault(at, error);
  }
}
