import { DisposableStore, Emitter, isShipmateError, ShipmateError, type Disposable, type Listener } from '#kernel';
import type { RedisContext } from './options.js';
import type { Node, Topology } from '../topology/topology.js';

/** Whether every master can be reached, by both connections. */
export class Status {
  readonly #changes = new Emitter<boolean>();
  readonly #store = new DisposableStore();
  readonly #watched = new Map<Node, Disposable>();
  /** What was reported last. */
  #told: boolean | undefined;
  /** A fault that waiting does not fix, while the first connection is tried. */
  #fatal: ShipmateError | undefined;
  #settle: (() => void) | undefined;
  #closed = false;

  constructor(
    private readonly context: RedisContext,
    private readonly topology: Topology,
  ) {
    this.#store.add(topology.changes.on(() => this.#look()));
    this.#look();
  }

  get up(): boolean {
    return this.#fault() === undefined;
  }

  get why(): string | undefined {
    return this.#fault()?.message;
  }

  onChange(listener: Listener<boolean>): Disposable {
    return this.#changes.on(listener);
  }

  /** Resolves once Redis can be used; rejects at once for a fault that waiting does not fix, and after `timeoutMs`. */
  async started(timeoutMs: number): Promise<void> {
    const { clock } = this.context;
    // Between two attempts, nothing else may keep the process running: it would exit silently.
    const alive = setInterval(() => undefined, timeoutMs);
    await new Promise<void>((resolve) => {
      const late = clock.after(timeoutMs, () => resolve());
      this.#settle = () => {
        if (!this.up && this.#fatalFault() === undefined) return;
        late.cancel();
        resolve();
      };
      this.#settle();
    });
    clearInterval(alive);
    this.#settle = undefined;
    const fault = this.#fatalFault() ?? this.#fault();
    if (fault !== undefined) throw fault;
  }

  close(): void {
    this.#closed = true;
    this.#store.dispose();
    for (const watch of this.#watched.values()) watch.dispose();
  }

  #fatalFault(): ShipmateError | undefined {
    const { why } = this.topology;
    return this.#fatal ?? (isShipmateError(why, 'config') ? why : undefined);
  }

  #fault(): ShipmateError | undefined {
    const { nodes, why } = this.topology;
    if (why !== undefined) return why;
    if (nodes.length === 0) return new ShipmateError('unavailable', 'the nodes of the Redis Cluster are not known yet');
    return nodes.flatMap(({ links }) => links).find(({ up }) => !up)?.why;
  }

  /** Handles masters that were added or removed. */
  #look(): void {
    const { nodes } = this.topology;
    for (const [node, watch] of this.#watched) {
      if (nodes.includes(node)) continue;
      watch.dispose();
      this.#watched.delete(node);
    }
    for (const node of nodes) {
      if (this.#watched.has(node)) continue;
      const store = new DisposableStore();
      for (const link of node.links) {
        store.add(link.ups.on(() => this.#update()));
        store.add(
          link.downs.on((why) => {
            if (why.code === 'config') this.#fatal = why;
            this.#update();
          }),
        );
      }
      this.#watched.set(node, store);
    }
    this.#update();
  }

  #update(): void {
    if (this.#closed) return;
    const { up } = this;
    if (up) this.#fatal = undefined;
    this.#settle?.();
    if (up === this.#told || (this.#told === undefined && !up)) return;
    this.#told = up;
    this.context.observer.state?.(up, this.why);
    this.#changes.fire(up);
  }
}
