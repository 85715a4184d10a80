import { Backoff, ShipmateError, type Clock, type Disposable, type Timer } from '#kernel';
import type { ChangingVault } from '#control';
import type { Directory } from '#directory';
import type { SignInStore } from '#identity';
import type { RedisBackplane } from '#redis';
import type { Bus, BusListener } from '#relay';

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

/**
 * A Redis that may be missing at the start: another region's. It is tried again and again; until it is available, every call
 * throws `unavailable`.
 */
export class LateRedis implements Disposable {
  readonly directory: Directory;
  readonly bus: Bus;
  readonly signIns: SignInStore;
  readonly vault: Pick<ChangingVault, 'get' | 'change'>;
  /** Resolves when it is connected for the first time; never rejects. */
  readonly connected: Promise<void>;
  #onConnected: () => void = () => undefined;
  #redis: RedisBackplane | undefined;
  #timer: Timer | undefined;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  #disposed = false;

  constructor(
    private readonly name: string,
    private readonly connect: () => Promise<RedisBackplane>,
    private readonly clock: Clock,
    private readonly failed: (error: unknown) => void,
  ) {
    this.directory = this.#late((redis) => redis.directory);
    this.signIns = this.#late((redis) => redis.signIns);
    this.vault = this.#late((redis) => redis.vault);
    this.bus = {
      publish: async (channel: string, bytes: Uint8Array) => await this.#there.bus.publish(channel, bytes),
      subscribe: async (channel: string, listener: BusListener) => await this.#there.bus.subscribe(channel, listener),
    };
    this.connected = new Promise((resolve) => (this.#onConnected = resolve));
    void this.#try();
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
    this.#redis?.close();
    this.#redis = undefined;
  }

  get #there(): RedisBackplane {
    if (this.#redis === undefined) throw new ShipmateError('unavailable', `${this.name} is not connected`);
    return this.#redis;
  }

  async #try(): Promise<void> {
    try {
      const redis = await this.connect();
      if (this.#disposed) redis.close();
      else {
        this.#redis = redis;
        this.#onConnected();
      }
    } catch (error) {
      if (this.#disposed) return;
      this.failed(error);
      this.#timer = this.clock.after(this.#backoff.next(), () => void this.#try());
    }
  }

  /** Every method of these parts returns a promise, so all of them can be handled the same way. */
  #late<T extends object>(partOf: (redis: RedisBackplane) => T): T {
    const forward = async (name: keyof T, args: unknown[]): Promise<unknown> => {
      const part = partOf(this.#there);
      return await (Reflect.apply(part[name] as () => unknown, part, args) as Promise<unknown>);
    };
    return new Proxy({} as T, {
      get: (_, name) =>
        name === 'then' ? undefined : async (...args: unknown[]) => await forward(name as keyof T, args),
    });
  }
}
