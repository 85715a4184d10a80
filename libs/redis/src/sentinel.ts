import { ShipmateError } from '#kernel';
import { showHostPort, type HostPort, type RedisAddress } from './address.js';
import { ask, dial, hangUp, type Login } from './dial.js';
import { Refusal } from './faults.js';
import type { RedisContext } from './options.js';

/**
 * Asks the sentinels where the master is, one after the other; each time another one first, because one that was cut off
 * from the rest may name a former master.
 */
export class SentinelLocator {
  #next = 0;

  constructor(
    private readonly context: RedisContext,
    private readonly address: RedisAddress,
    private readonly login: Login,
  ) {}

  /** The master's address; `unavailable` when no sentinel knows it. */
  async locate(): Promise<HostPort> {
    const { hosts } = this.address;
    const from = this.#next++;
    let fault: unknown;
    for (let i = 0; i < hosts.length; i++) {
      const sentinel = hosts[(from + i) % hosts.length];
      if (sentinel === undefined) break;
      try {
        return await this.#ask(sentinel);
      } catch (error) {
        fault = error;
      }
    }
    throw fault;
  }

  async #ask(sentinel: HostPort): Promise<HostPort> {
    const at = showHostPort(sentinel);
    const redis = await dial(sentinel, this.login, this.context.clock);
    const late = this.context.clock.after(1_000, () => hangUp(redis));
    try {
      const reply = await ask(redis, at, 'sentinel', 'get-master-addr-by-name', this.address.master);
      const [host, port] = Array.isArray(reply) ? (reply as unknown[]).map(String) : [];
      if (host === undefined) throw new ShipmateError('unavailable', `the sentinel at ${at} knows no such master`);
      return { host, port: Number(port) };
    } catch (error) {
      if (error instanceof Refusal) throw new ShipmateError('unavailable', `the sentinel at ${at}: ${error.message}`);
      throw error;
    } finally {
      late.cancel();
      hangUp(redis);
    }
  }
}
