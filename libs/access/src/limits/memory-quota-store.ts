import type { Clock } from '#kernel';
import type { FlowRule, QuotaStore } from './quota.js';

interface Reported {
  untilMs: number;
  readonly counts: Map<string, number>;
}

/** The store of one process, or of several edges in one process; a store on Redis must behave the same. */
export class MemoryQuotaStore implements QuotaStore {
  readonly #edges = new Map<string, Reported>();
  readonly #buckets = new Map<string, { level: number; atMs: number }>();

  constructor(private readonly clock: Clock) {}

  async report(
    edge: string,
    counts: ReadonlyMap<string, number>,
    { leaseMs, anew }: { readonly leaseMs: number; readonly anew: boolean },
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const now = this.clock.monotonic();
    for (const [other, { untilMs }] of this.#edges) if (untilMs <= now) this.#edges.delete(other);
    if (anew) this.#edges.set(edge, { untilMs: 0, counts: new Map() });
    const own = this.#edges.get(edge);
    if (own === undefined) return undefined;
    own.untilMs = now + leaseMs;
    for (const [id, count] of counts) {
      if (count > 0) own.counts.set(id, count);
      else own.counts.delete(id);
    }
    const sum = (id: string): number =>
      [...this.#edges.values()].reduce((total, one) => total + (one.counts.get(id) ?? 0), 0);
    return new Map([...counts.keys()].map((id) => [id, sum(id)]));
  }

  async spend(limit: string, key: string, { amount, perMs }: FlowRule, used: number): Promise<number> {
    const now = this.clock.monotonic();
    const id = `${limit} ${key}`;
    const { level, atMs } = this.#buckets.get(id) ?? { level: amount, atMs: now };
    const refilled = Math.min(amount, level + ((now - atMs) / perMs) * amount);
    const left = Math.max(-amount, refilled - used);
    this.#buckets.set(id, { level: left, atMs: now });
    return left;
  }

  async leave(edge: string): Promise<void> {
    this.#edges.delete(edge);
  }
}
