import { ShipmateError, toDisposable, type Disposable } from '#kernel';
import type { BusListener } from '#relay';
import { Channel, type Entry } from './channel.js';
import { toShipmateError } from '../connection/faults.js';
import { NodeSubscriptions } from './node-subscriptions.js';
import { HOLD_MS, type RedisContext } from '../connection/options.js';
import type { Node, Topology } from './topology.js';

/** Channels that one process may listen to: three a session, and far more sessions than it can carry. */
export const MAX_CHANNELS = 250_000;

interface Placed {
  readonly channel: Channel;
  /** The master that holds it; undefined while its slot has none. */
  at: NodeSubscriptions | undefined;
}

/** All subscriptions of this process, each with the master that has its slot, wherever that moves. */
export class Subscriptions {
  readonly #channels = new Map<string, Placed>();
  readonly #nodes = new Map<Node, NodeSubscriptions>();

  constructor(
    private readonly context: RedisContext,
    private readonly topology: Topology,
  ) {
    this.#follow();
    topology.changes.on(() => this.#follow());
  }

  /** Resolves when Redis has confirmed; `unavailable` when that takes longer than `HOLD_MS`. */
  async subscribe(name: string, listener: BusListener): Promise<Disposable> {
    const placed = this.#place(name);
    const { channel } = placed;
    const leave = new AbortController();
    const entered = new Promise<void>((resolve, reject) => {
      const late = this.context.clock.after(HOLD_MS, () => {
        reject(whyNot(placed));
      });
      const done = (): void => {
        late.cancel();
        resolve();
      };
      const entry: Entry = { listener, inForce: false, entered: done };
      leave.signal.addEventListener('abort', () => channel.remove(entry), { once: true });
      channel.add(entry);
    });
    const subscription = toDisposable(() => {
      leave.abort();
      if (channel.empty && this.#channels.get(name) === placed) this.#remove(name, placed);
    });
    try {
      await entered;
      return subscription;
    } catch (error) {
      subscription.dispose();
      throw error;
    }
  }

  #place(name: string): Placed {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    if (this.#channels.size >= MAX_CHANNELS)
      throw new ShipmateError('unavailable', 'too many channels are subscribed to');
    const placed: Placed = { channel: new Channel(name), at: this.#holder(name) };
    this.#channels.set(name, placed);
    placed.at?.want(placed.channel);
    return placed;
  }

  #remove(name: string, placed: Placed): void {
    this.#channels.delete(name);
    placed.at?.unwant(name);
  }

  #holder(name: string): NodeSubscriptions | undefined {
    const node = this.topology.owner(name);
    return node && this.#nodes.get(node);
  }

  /** Applies a new map: masters that were added or removed, and channels whose slots have moved. */
  #follow(): void {
    const { nodes } = this.topology;
    for (const node of nodes) {
      if (!this.#nodes.has(node)) this.#nodes.set(node, new NodeSubscriptions(this.context, node, this.topology));
    }
    for (const [name, placed] of this.#channels) {
      const holder = this.#holder(name);
      if (holder === placed.at) continue;
      placed.at?.unwant(name);
      placed.channel.lose();
      placed.at = holder;
      holder?.want(placed.channel);
    }
    for (const [node, held] of this.#nodes) {
      if (nodes.includes(node)) continue;
      held.dispose();
      this.#nodes.delete(node);
    }
  }
}

function whyNot({ channel, at }: Placed): ShipmateError {
  if (channel.why !== undefined) return toShipmateError(channel.why);
  if (at === undefined) return new ShipmateError('unavailable', 'no node has the slot of a channel');
  if (!at.node.subscriber.up) return toShipmateError(at.node.subscriber.why);
  return new ShipmateError('timeout', 'Redis did not confirm a subscription in time');
}
