import type { Redis } from 'ioredis';
import { ShipmateError, type Timer } from '#kernel';
import { showHostPort, type HostPort, type RedisAddress } from '../connection/address.js';
import { ask, dial, hangUp, type Login } from '../connection/dial.js';
import { Refusal } from '../connection/faults.js';
import type { RedisContext } from '../connection/options.js';
import { readHash } from '../stores/session-fields.js';

/** How often a sentinel is asked whether there is another master, in ms: a demoted master continues for up to ten seconds. */
const WATCH_EVERY_MS = 1_000;
const REPLY_TIMEOUT_MS = 1_000;

interface Master extends HostPort {
  /** Grows with each failover. */
  readonly epoch: number;
}

/** A sentinel names an older epoch than another one did. */
class Outdated extends ShipmateError {
  constructor(
    at: string,
    readonly master: Master,
  ) {
    super('unavailable', `the sentinel at ${at} has missed a failover`);
  }
}

/**
 * Learns from the sentinels where the master is. A sentinel that has missed a failover is not trusted, unless most of them
 * agree: then they were newly set up, and count from the beginning.
 */
export class Sentinels {
  #next = 0;
  #epoch = -1;
  #watch: { redis: Redis; sentinel: HostPort } | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(
    private readonly context: RedisContext,
    private readonly address: RedisAddress,
    private readonly login: Login,
  ) {}

  /** The master's address, from the first sentinel that knows it, beginning with another each time; else `unavailable`. */
  async locate(): Promise<HostPort> {
    const { hosts } = this.address;
    const from = this.#next++;
    const outdated: Master[] = [];
    let fault: unknown;
    for (let i = 0; i < hosts.length; i++) {
      const sentinel = hosts[(from + i) % hosts.length];
      if (sentinel === undefined) break;
      let redis: Redis | undefined;
      try {
        redis = await dial(sentinel, this.login, this.context.clock);
        return await this.#ask(redis, sentinel);
      } catch (error) {
        if (error instanceof Outdated) outdated.push(error.master);
        fault = error;
      } finally {
        if (redis !== undefined) hangUp(redis);
      }
    }
    if (outdated.length <= hosts.length / 2) throw fault;
    const newest = outdated.reduce((one, other) => (other.epoch > one.epoch ? other : one));
    this.#epoch = newest.epoch;
    return newest;
  }

  /** Asks again and again, and reports each answer. */
  watch(onMaster: (master: HostPort) => void): void {
    this.#timer = this.context.clock.after(WATCH_EVERY_MS * (0.5 + Math.random()), () => {
      this.#look()
        .then(onMaster, (error: unknown) => {
          this.context.observer.fault?.(error);
          this.#unwatch();
        })
        .finally(() => {
          if (this.#closed) this.#unwatch();
          else this.watch(onMaster);
        });
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#unwatch();
  }

  async #look(): Promise<HostPort> {
    const sentinel = this.#watch?.sentinel ?? this.address.hosts[this.#next++ % this.address.hosts.length];
    if (sentinel === undefined) throw new ShipmateError('config', 'the Redis URL is wrong: it has no sentinels');
    this.#watch ??= { redis: await dial(sentinel, this.login, this.context.clock), sentinel };
    try {
      return await this.#ask(this.#watch.redis, sentinel);
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      this.#unwatch();
      return await this.locate();
    }
  }

  #unwatch(): void {
    if (this.#watch !== undefined) hangUp(this.#watch.redis);
    this.#watch = undefined;
  }

  async #ask(redis: Redis, sentinel: HostPort): Promise<Master> {
    const at = showHostPort(sentinel);
    const late = this.context.clock.after(REPLY_TIMEOUT_MS, () => hangUp(redis));
    try {
      const about = readHash(await ask(redis, at, 'sentinel', 'master', this.address.master));
      const [host = '', port, epoch] = [about.get('ip'), Number(about.get('port')), Number(about.get('config-epoch'))];
      const master = { host, port, epoch };
      if (epoch < this.#epoch) throw new Outdated(at, master);
      this.#epoch = epoch;
      return master;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new ShipmateError('unavailable', `the sentinel at ${at} does not say where that master is`);
    } finally {
      late.cancel();
    }
  }
}
