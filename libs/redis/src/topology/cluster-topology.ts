import { Emitter, isShipmateError, ShipmateError, Timeout } from '#kernel';
import { readHostPort, showHostPort, type HostPort } from '../connection/address.js';
import { readClusterSlots, type SlotRange } from './cluster-map.js';
import { ask, checkServer, dial, hangUp, type Login } from '../connection/dial.js';
import { toShipmateError } from '../connection/faults.js';
import { MAP_EVERY_MS, type RedisContext } from '../connection/options.js';
import { slotOf, SLOTS } from '../connection/slot.js';
import { Node, type Topology } from './topology.js';

/** How often the map is read while a master is not available, or slots have no master, in ms: a replica will become master soon. */
const MAP_EVERY_AWAY_MS = 500;

/** The least time between two reads of the map: each failed call asks for one. */
const MAP_GAP_MS = 200;

/** The masters of a Redis Cluster and their slots, as the Cluster itself reports them. */
export class ClusterTopology implements Topology {
  readonly changes = new Emitter<void>();
  readonly #nodes = new Map<string, Node>();
  /** The master of each slot; an id in `#nodes`. */
  #owners: (Node | undefined)[] = Array.from({ length: SLOTS });
  #shape = '';
  #why: ShipmateError | undefined;
  #refreshing = false;
  /** A read of the map was requested and has not begun. */
  #wanted = false;
  #askFirst: Node | undefined;
  #lastMs = -Infinity;
  readonly #refreshLater: Timeout;
  #closed = false;

  constructor(
    private readonly context: RedisContext,
    private readonly seeds: readonly HostPort[],
    private readonly login: Login,
  ) {
    this.#refreshLater = new Timeout(context.clock);
  }

  get nodes(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  get why(): ShipmateError | undefined {
    return this.#why;
  }

  owner(key: string): Node | undefined {
    return this.#owners[slotOf(key)];
  }

  at(where: HostPort, from: Node): Node {
    return this.#node(this.#known(where, from));
  }

  moved(key: string, to: HostPort, from: Node): void {
    const slot = slotOf(key);
    const node = this.at(to, from);
    if (this.#owners[slot] !== node) {
      this.#owners[slot] = node;
      this.#shape = '';
      this.changes.fire();
    }
    this.refresh(node);
  }

  refresh(from?: Node): void {
    this.#askFirst = from ?? this.#askFirst;
    this.#wanted = true;
    if (this.#refreshing) return;
    const leftMs = this.#lastMs + MAP_GAP_MS - this.context.clock.monotonic();
    if (leftMs > 0) this.#refreshIn(leftMs);
    else this.#refreshNow();
  }

  #refreshIn(ms: number): void {
    this.#refreshLater.start(ms, () => this.#refreshNow());
  }

  #refreshNow(): void {
    if (this.#closed || this.#refreshing) return;
    const from = this.#askFirst;
    this.#askFirst = undefined;
    this.#wanted = false;
    this.#refreshing = true;
    void this.#refresh(from).finally(() => {
      this.#refreshing = false;
      this.#lastMs = this.context.clock.monotonic();
      if (this.#closed) return;
      const away = this.#why !== undefined || this.nodes.some(({ links }) => links.some(({ up }) => !up));
      const ms = (away ? MAP_EVERY_AWAY_MS : MAP_EVERY_MS) * (0.5 + Math.random() / 2);
      this.#refreshIn(this.#wanted ? MAP_GAP_MS : ms);
    });
  }

  start(): void {
    this.refresh();
  }

  close(): void {
    this.#closed = true;
    this.#refreshLater.cancel();
    for (const node of this.#nodes.values()) node.close();
  }

  async #refresh(from: Node | undefined): Promise<void> {
    this.#refreshLater.cancel();
    try {
      const ranges = await this.#ask(from);
      if (!this.#closed) this.#take(ranges);
    } catch (error) {
      const why = isShipmateError(error) ? error : toShipmateError(error);
      this.context.observer.fault?.(why);
      if (!this.#closed) this.#explain(why);
    }
  }

  #explain(why: ShipmateError | undefined): void {
    const changed = why?.message !== this.#why?.message;
    this.#why = why;
    if (changed) this.changes.fire();
  }

  /** What the first node says that answers: `from`, then those that are connected, then the first ones. */
  async #ask(from: Node | undefined): Promise<SlotRange[]> {
    const known = [...(from === undefined ? [] : [from]), ...shuffled(this.nodes)];
    for (const node of known) {
      if (!node.commands.up) continue;
      try {
        const ranges = readClusterSlots(await node.commands.call('cluster', 'slots'), readHostPort(node.id));
        if (ranges.length > 0) return ranges;
      } catch (error) {
        this.context.observer.fault?.(toShipmateError(error));
      }
    }
    let fault: unknown = new ShipmateError('unavailable', 'no node of the Redis Cluster knows its slots');
    for (const seed of shuffled(this.seeds)) {
      try {
        const ranges = await this.#askSeed(seed);
        if (ranges.length > 0) return ranges;
      } catch (error) {
        fault = error;
      }
    }
    throw fault;
  }

  async #askSeed(seed: HostPort): Promise<SlotRange[]> {
    const redis = await dial(seed, this.login, this.context.clock);
    const late = this.context.clock.after(1_000, () => hangUp(redis));
    try {
      const slots = await ask(redis, showHostPort(seed), 'cluster', 'slots').catch(async (error: unknown) => {
        // It may be no Cluster at all, which its check says best.
        await checkServer(redis, seed, true);
        throw error;
      });
      return readClusterSlots(slots, seed);
    } finally {
      late.cancel();
      hangUp(redis);
    }
  }

  #take(ranges: readonly SlotRange[]): void {
    const covered = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    const holes = new ShipmateError('unavailable', 'some slots of the Redis Cluster have no master');
    const shape = ranges.map(({ first, last, master }) => `${first}-${last}=${showHostPort(master)}`).sort();
    if (shape.join() === this.#shape) return this.#explain(covered >= SLOTS ? undefined : holes);
    const owners: (Node | undefined)[] = Array.from({ length: SLOTS });
    for (const { first, last, master } of ranges) owners.fill(this.#node(master), first, last + 1);
    this.#owners = owners;
    this.#shape = shape.join();
    this.#why = covered >= SLOTS ? undefined : holes;
    const masters = new Set(owners);
    const former = this.nodes.filter((node) => !masters.has(node));
    for (const { id } of former) this.#nodes.delete(id);
    // Subscribers leave the former masters before those are closed.
    this.changes.fire();
    for (const node of former) node.close();
  }

  #node(where: HostPort): Node {
    const id = showHostPort(where);
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    const node = new Node(id, this.context, { login: this.login, cluster: true, locate: async () => where });
    this.#nodes.set(id, node);
    // One that a redirection named is not yet in the map, which must be looked at even where it has not changed.
    this.#shape = '';
    node.commands.downs.on(() => this.refresh());
    node.subscriber.downs.on(() => this.refresh());
    node.start();
    return node;
  }

  /** A host that is missing means the node that said it. */
  #known({ host, port }: HostPort, from: Node): HostPort {
    return { host: host === '' || host === '?' ? readHostPort(from.id).host : host, port };
  }
}

/** The same from a place drawn by lot on. */
function shuffled<T>(items: readonly T[]): T[] {
  const from = Math.floor(Math.random() * items.length);
  return [...items.slice(from), ...items.slice(0, from)];
}
