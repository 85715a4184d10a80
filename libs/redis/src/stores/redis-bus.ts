import type { Disposable } from '#kernel';
import type { Bus, BusListener } from '#relay';
import type { Commands } from '../connection/commands.js';
import type { RedisContext } from '../connection/options.js';
import { Publisher } from '../topology/publisher.js';
import { Subscriptions } from '../topology/subscriptions.js';

/**
 * The bus on Redis' sharded pub/sub. A message passes through the master that has the channel's slot and no other, so
 * that a Cluster carries more with more masters.
 *
 * A process counts as one receiver of a message, however many of its listeners hear it.
 */
export class RedisBus implements Bus {
  readonly #publisher: Publisher;
  readonly #subscriptions: Subscriptions;

  constructor(context: RedisContext, commands: Commands) {
    this.#publisher = new Publisher(commands);
    this.#subscriptions = new Subscriptions(context, commands.topology);
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    return await this.#publisher.publish(channel, bytes);
  }

  async subscribe(channel: string, listener: BusListener): Promise<Disposable> {
    return await this.#subscriptions.subscribe(channel, listener);
  }
}
