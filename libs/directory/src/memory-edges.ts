import { ShipmateError, type Clock, type EdgeId } from '#kernel';
import type { EdgeRecord } from './records.js';

/** Far more edges than a fleet has: edges that restart in a loop must not fill the memory. */
const MAX_EDGES = 10_000;

/** The leases of edges: one map of deadlines, no timers. */
export class MemoryEdges {
  readonly #edges = new Map<EdgeId, { record: EdgeRecord; untilMs: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {}

  heartbeat(record: EdgeRecord): boolean {
    const renewed = this.get(record.id) !== undefined;
    if (!this.#edges.has(record.id) && this.#edges.size >= MAX_EDGES) this.#makeRoom();
    this.#edges.set(record.id, { record: structuredClone(record), untilMs: this.clock.now() + this.leaseMs });
    return renewed;
  }

  /** The record, while the lease is valid. */
  get(id: EdgeId | undefined): EdgeRecord | undefined {
    const edge = id === undefined ? undefined : this.#edges.get(id);
    return edge !== undefined && edge.untilMs > this.clock.now() ? edge.record : undefined;
  }

  /** When the lease of an edge ended; undefined while it is valid, and if the edge is no longer known. */
  endedAt(id: EdgeId): number | undefined {
    const untilMs = this.#edges.get(id)?.untilMs;
    return untilMs !== undefined && untilMs <= this.clock.now() ? untilMs : undefined;
  }

  /** Ends a lease. The time of the end is kept, for the sessions that the edge leaves behind. */
  remove(id: EdgeId): void {
    const edge = this.#edges.get(id);
    if (edge !== undefined) edge.untilMs = Math.min(edge.untilMs, this.clock.now());
  }

  list(): EdgeRecord[] {
    const alive = [...this.#edges.values()].filter(({ untilMs }) => untilMs > this.clock.now());
    return alive.map(({ record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #makeRoom(): void {
    for (const [id, { untilMs }] of this.#edges) if (untilMs <= this.clock.now()) this.#edges.delete(id);
    if (this.#edges.size >= MAX_EDGES) throw new ShipmateError('limit', 'too many edges');
  }
}
