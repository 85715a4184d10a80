import type { Redis } from 'ioredis';
import { Backoff, Emitter, isShipmateError, ShipmateError, type Timer } from '#kernel';
import { showHostPort, type HostPort } from './address.js';
import { checkServer, dial, hangUp, type Login } from './dial.js';
import { readFault, Refusal } from './faults.js';
import {
  HOLD_MS,
  MAX_OUTSTANDING,
  PING_EVERY_MS,
  REPLY_TIMEOUT_MS,
  RETRY_FIRST_MS,
  RETRY_MOST_MS,
  type RedisContext,
} from './options.js';

export interface LinkOptions {
  readonly login: Login;
  readonly cluster: boolean;
  /** Asked before each attempt: with sentinels, the master may be another by then. */
  readonly locate: () => Promise<HostPort>;
}

/** A connection that lasted for so long was a good one: the next attempt comes at once. */
const GOOD_MS = 250;

/**
 * Keeps one connection to a master: when it ends, a new one is opened, forever, after growing random waits. If replies are due
 * and none comes, the connection is ended, so that nothing waits for a dead one. A tick's first command is sent at once: the
 * code that publishes a key's echo has more to do in that tick, and the person who typed should not wait for that. The other
 * commands of the tick are sent in one write. Without a connection, commands are refused: nothing piles up.
 */
export class Link {
  /** A connection stands; the listener may use it before anything else is sent on it. */
  readonly ups = new Emitter<Redis>();
  readonly downs = new Emitter<ShipmateError>();
  #redis: Redis | undefined;
  #at: HostPort | undefined;
  /** Why there is no connection; the last attempt's fault. */
  #why = new ShipmateError('unavailable', 'there is no connection to Redis yet');
  #downSinceMs: number;
  #outstanding = 0;
  #progressMs = 0;
  /** What had been read when the watch last looked. */
  #bytesRead = 0;
  /** What this tick has sent: nothing, one command, or more, which are held until it ends. */
  #tick: 'quiet' | 'sent' | 'corked' = 'quiet';
  #watch: Timer | undefined;
  #ping: Timer | undefined;
  readonly #closing = new AbortController();
  readonly #hurry = new Emitter<void>();

  constructor(
    private readonly context: RedisContext,
    private readonly options: LinkOptions,
  ) {
    this.#downSinceMs = context.clock.monotonic();
  }

  start(): void {
    void this.#keep();
  }

  get up(): boolean {
    return this.#redis !== undefined;
  }

  /** Where the last attempt went. */
  get at(): HostPort | undefined {
    return this.#at;
  }

  /** The connection, while there is one. */
  get redis(): Redis | undefined {
    return this.#redis;
  }

  get why(): ShipmateError {
    return this.#why;
  }

  /** Sends a command; rejects with a `Refusal`, or with `unavailable` or `timeout` if the result is unknown. */
  async call(...[command, ...args]: readonly [string, ...(string | Buffer)[]]): Promise<unknown> {
    const redis = this.#redis;
    if (redis === undefined) throw this.#why;
    if (this.#outstanding >= MAX_OUTSTANDING)
      throw new ShipmateError('unavailable', 'too many commands wait for Redis');
    const startMs = this.context.clock.monotonic();
    if (this.#outstanding++ === 0) this.#progressMs = startMs;
    this.#expectReply();
    this.#gather(redis);
    try {
      const reply = await redis.call(command, ...args);
      this.#answered(startMs);
      return reply;
    } catch (error) {
      const fault = readFault(error);
      if (fault instanceof Refusal) this.#answered(startMs);
      // The connection was lost: why, is known where it was ended for a reason.
      throw fault instanceof Refusal || this.#redis === redis ? fault : this.#why;
    } finally {
      this.#outstanding--;
    }
  }

  /** Resolves once there is a connection, or else when one has been missing for `HOLD_MS`, or at `untilMs`. */
  async whenUp(untilMs: number): Promise<boolean> {
    const { clock } = this.context;
    const leftMs = Math.min(untilMs, this.#downSinceMs + HOLD_MS) - clock.monotonic();
    if (this.up || leftMs <= 0 || this.#closing.signal.aborted) return this.up;
    await new Promise<void>((resolve) => {
      const timer = clock.after(leftMs, () => done());
      const heard = this.ups.on(() => done());
      const done = (): void => {
        timer.cancel();
        heard.dispose();
        resolve();
      };
    });
    return this.up;
  }

  /** The server is elsewhere now: tries there at once, wherever it is about to try. */
  hurry(): void {
    this.#hurry.fire();
  }

  /** Ends the connection, for another to be made. */
  drop(why: ShipmateError): void {
    if (this.#redis === undefined) return;
    this.#why = why;
    hangUp(this.#redis);
  }

  close(): void {
    this.#closing.abort();
    this.#watch?.cancel();
    this.drop(new ShipmateError('unavailable', 'the connection to Redis is closed'));
  }

  async #keep(): Promise<void> {
    const { clock, observer } = this.context;
    const { signal } = this.#closing;
    const backoff = new Backoff(RETRY_FIRST_MS, RETRY_MOST_MS);
    let told = '';
    while (!signal.aborted) {
      try {
        const redis = await this.#connect();
        const upMs = clock.monotonic();
        await this.#use(redis);
        if (clock.monotonic() - upMs >= GOOD_MS) backoff.reset();
        told = '';
      } catch (error) {
        this.#why = isShipmateError(error) ? error : new ShipmateError('unavailable', 'Redis cannot be reached');
      }
      if (signal.aborted) return;
      // Once for each reason: an outage is long, and attempts are many.
      if (this.#why.message !== told) observer.fault?.(this.#why);
      told = this.#why.message;
      this.downs.fire(this.#why);
      await this.#pause(backoff.next());
    }
  }

  async #connect(): Promise<Redis> {
    const { clock } = this.context;
    const { locate, login, cluster } = this.options;
    const where = await locate();
    this.#at = where;
    const redis = await dial(where, login, clock, this.#closing.signal);
    const late = clock.after(REPLY_TIMEOUT_MS, () => hangUp(redis));
    try {
      await checkServer(redis, where, cluster);
      if (this.#closing.signal.aborted) throw new ShipmateError('unavailable', 'the connection to Redis is closed');
      return redis;
    } catch (error) {
      hangUp(redis);
      throw error instanceof Refusal ? new ShipmateError('unavailable', error.message) : error;
    } finally {
      late.cancel();
    }
  }

  /** Uses a connection until it ends. */
  async #use(redis: Redis): Promise<void> {
    const lost = new ShipmateError('unavailable', `the connection to Redis at ${this.#where} was lost`);
    if (redis.status !== 'ready') throw lost;
    const ended = new Promise<void>((resolve) => void redis.once('end', () => resolve()));
    this.#why = lost;
    // As soon as it closes nothing more may be sent on it: `end` comes a tick later.
    redis.once('close', () => this.#lose(redis));
    this.#redis = redis;
    this.#tick = 'quiet';
    this.#progressMs = this.context.clock.monotonic();
    this.#pingLater();
    this.ups.fire(redis);
    await ended;
    this.#lose(redis);
  }

  get #where(): string {
    return this.#at === undefined ? '(unknown)' : showHostPort(this.#at);
  }

  #lose(redis: Redis): void {
    if (this.#redis !== redis) return;
    this.#redis = undefined;
    this.#downSinceMs = this.context.clock.monotonic();
    this.#ping?.cancel();
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        hurry.dispose();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.context.clock.after(ms * (0.5 + Math.random() / 2), done);
      const hurry = this.#hurry.on(done);
      signal.addEventListener('abort', done);
    });
  }

  #gather(redis: Redis): void {
    const { stream } = redis;
    if (this.#tick === 'sent') {
      this.#tick = 'corked';
      stream.cork();
    } else if (this.#tick === 'quiet') {
      this.#tick = 'sent';
      process.nextTick(() => {
        if (this.#redis === redis) this.#tick = 'quiet';
        stream.uncork();
      });
    }
  }

  #answered(startMs: number): void {
    this.#progressMs = this.context.clock.monotonic();
    this.context.observer.roundTrip?.((this.#progressMs - startMs) / 1_000);
  }

  /** One timer, however many commands: it looks when it fires how long there has been no reply. */
  #expectReply(): void {
    if (this.#watch !== undefined) return;
    const leftMs = this.#progressMs + REPLY_TIMEOUT_MS - this.context.clock.monotonic();
    this.#watch = this.context.clock.after(Math.max(1, leftMs), () => {
      this.#watch = undefined;
      if (this.#outstanding === 0 || this.#redis === undefined) return;
      // A reply may be on its way behind many messages: as long as anything comes, the connection lives.
      const { bytesRead } = this.#redis.stream;
      if (bytesRead !== this.#bytesRead) this.#progressMs = this.context.clock.monotonic();
      this.#bytesRead = bytesRead;
      const silentMs = this.context.clock.monotonic() - this.#progressMs;
      if (silentMs < REPLY_TIMEOUT_MS) this.#expectReply();
      else this.drop(new ShipmateError('timeout', `Redis at ${this.#where} did not answer`));
    });
  }

  #pingLater(): void {
    this.#ping = this.context.clock.after(PING_EVERY_MS, () => {
      const silentMs = this.context.clock.monotonic() - this.#progressMs;
      // Every error ends the connection, and is reported there.
      if (silentMs >= PING_EVERY_MS / 2) this.call('ping').catch(() => undefined);
      this.#pingLater();
    });
  }
}
