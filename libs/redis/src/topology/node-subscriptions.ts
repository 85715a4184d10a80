import type { Redis } from 'ioredis';
import type { Disposable } from '#kernel';
import { DisposableStore } from '#kernel';
import type { Channel } from './channel.js';
import { Refusal } from '../connection/faults.js';
import type { RedisContext } from '../connection/options.js';
import type { Node, Topology } from './topology.js';

/** Subscriptions that are asked for with one write: a round trip for each such batch. */
const BATCH = 256;
/** After a refusal, as while slots move. */
const RETRY_MS = 200;

/**
 * The subscriptions that one master holds. What is wanted changes at any time; one writer brings what is there into line
 * with it, so that no order of joins and leaves, losses and returns leaves the two apart.
 */
export class NodeSubscriptions implements Disposable {
  readonly #wanted = new Map<string, Channel>();
  /** Not wanted any more, until Redis has confirmed that. */
  readonly #leaving = new Map<string, Channel>();
  /** What the present connection has, as far as Redis has answered. */
  readonly #actual = new Set<string>();
  /** Names of which the two may differ. */
  readonly #dirty = new Set<string>();
  readonly #store = new DisposableStore();
  /** Refused names, until the next attempt. */
  readonly #pending = new Set<string>();
  #timing = false;
  #writing = false;
  /** How often a master has ended subscriptions by itself. */
  #moves = 0;
  #redis: Redis | undefined;
  #disposed = false;

  constructor(
    private readonly context: RedisContext,
    readonly node: Node,
    private readonly topology: Topology,
  ) {
    this.#store.add(node.subscriber.ups.on((redis) => this.#began(redis)));
    this.#store.add(node.subscriber.downs.on(() => this.#ended()));
    const { redis } = node.subscriber;
    if (redis !== undefined) this.#began(redis);
  }

  want(channel: Channel): void {
    this.#wanted.set(channel.name, channel);
    this.#leaving.delete(channel.name);
    this.#touch(channel.name);
  }

  unwant(name: string): void {
    const channel = this.#wanted.get(name);
    if (channel !== undefined && this.#actual.has(name)) this.#leaving.set(name, channel);
    this.#wanted.delete(name);
    this.#touch(name);
  }

  dispose(): void {
    this.#disposed = true;
    this.#store.dispose();
    for (const channel of this.#wanted.values()) channel.lose();
    this.#wanted.clear();
  }

  #began(redis: Redis): void {
    this.#ended();
    this.#redis = redis;
    redis.on('smessageBuffer', (name: Buffer, bytes: Buffer) => {
      if (this.#redis === redis) this.#hear(name.toString(), bytes);
    });
    // The master has ended subscriptions because their slots went elsewhere.
    redis.on('moved', () => this.#compare(redis));
    redis.once('close', () => this.#redis === redis && this.#ended());
    for (const name of this.#wanted.keys()) this.#dirty.add(name);
    void this.#write();
  }

  #hear(name: string, bytes: Buffer): void {
    const channel = this.#wanted.get(name);
    if (channel !== undefined) channel.deliver(bytes);
    else this.#leaving.get(name)?.deliverLate(bytes);
  }

  #ended(): void {
    this.#redis = undefined;
    this.#leaving.clear();
    this.#actual.clear();
    this.#dirty.clear();
    for (const channel of this.#wanted.values()) channel.lose();
  }

  /** Finds out which subscriptions the connection has not any more. */
  #compare(redis: Redis): void {
    if (this.#redis !== redis) return;
    this.#moves += 1;
    const { subscriber } = redis.condition ?? {};
    const held = new Set(subscriber ? subscriber.channels('ssubscribe') : []);
    for (const name of this.#actual) {
      if (held.has(name)) continue;
      this.#actual.delete(name);
      this.#wanted.get(name)?.lose();
      this.#dirty.add(name);
    }
    this.topology.refresh(this.node);
    this.#later();
  }

  #touch(name: string): void {
    this.#dirty.add(name);
    void this.#write();
  }

  /** The one writer. */
  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    while (this.#redis !== undefined && this.#dirty.size > 0 && !this.#disposed) {
      const names = [...this.#dirty].slice(0, BATCH);
      for (const name of names) this.#dirty.delete(name);
      await Promise.all(names.map(async (name) => this.#align(name, this.#redis)));
    }
    this.#writing = false;
  }

  async #align(name: string, redis: Redis | undefined): Promise<void> {
    const channel = this.#wanted.get(name);
    const there = this.#actual.has(name);
    if ((channel !== undefined) === there) {
      // It left and came back before the writer saw it.
      if (there) channel?.confirm();
      return;
    }
    const moves = this.#moves;
    try {
      await this.node.subscriber.call(channel === undefined ? 'sunsubscribe' : 'ssubscribe', name);
      if (this.#redis !== redis) return;
      if (channel === undefined) {
        this.#actual.delete(name);
        this.#leaving.delete(name);
      } else {
        this.#actual.add(name);
        // The master may have ended it right after it confirmed it: both are read before this runs.
        if (this.#moves !== moves && redis !== undefined) this.#compare(redis);
        if (!this.#actual.has(name)) return;
      }
      // If what is wanted has changed meanwhile, the name is dirty again.
      if (this.#wanted.get(name) === channel) channel?.confirm();
    } catch (error) {
      this.#refused(name, error);
    }
  }

  #refused(name: string, error: unknown): void {
    // After a connection was lost, all wanted names are subscribed again.
    if (!(error instanceof Refusal) || this.#redis === undefined) return;
    this.context.observer.fault?.(error);
    if (error.code === 'MOVED' && error.target !== undefined) this.topology.moved(name, error.target, this.node);
    const channel = this.#wanted.get(name);
    if (channel === undefined) return;
    channel.why = error;
    this.#pending.add(name);
    this.#later();
  }

  #later(): void {
    if (this.#timing) return;
    this.#timing = true;
    this.context.clock.after(RETRY_MS, () => {
      this.#timing = false;
      for (const name of this.#pending) this.#dirty.add(name);
      this.#pending.clear();
      void this.#write();
    });
  }
}
