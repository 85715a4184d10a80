import { toDisposable, type Clock, type Disposable } from '#kernel';
import {
  MAX_DEAD,
  MAX_IN_LANE,
  MAX_LANES,
  MAX_WILLS,
  type DeadDelivery,
  type Delivery,
  type Due,
  type HookKind,
  type Lane,
  type TakeOptions,
  type Taken,
  type WaitingDeliveries,
  type WaitingReceiver,
  type WebhookQueue,
} from './webhook-queue.js';

interface Waiting {
  readonly delivery: Delivery;
  readonly entry: string;
  readonly appendedMs: number;
}

interface KeptLane {
  readonly lane: Lane;
  readonly waiting: Waiting[];
  dueMs: number;
  claim: string | undefined;
  tries: number;
}

/** The queue of a single process: it does not outlive it. */
export class MemoryWebhooks implements WebhookQueue {
  readonly #lanes = new Map<string, KeptLane>();
  readonly #wills = new Map<string, { readonly deliveries: readonly Delivery[]; readonly generation: number }>();
  /** Oldest first. */
  readonly #dead = new Map<string, DeadDelivery>();
  readonly #listeners = new Set<(kind: HookKind) => void>();
  #count = 0;

  constructor(private readonly clock: Clock) {}

  async append(delivery: Delivery): Promise<boolean> {
    const name = nameOf(delivery.lane);
    const kept = this.#lanes.get(name);
    if (kept === undefined && this.#lanes.size >= MAX_LANES) return false;
    if (kept !== undefined && kept.waiting.length >= MAX_IN_LANE) return false;
    const nowMs = this.clock.monotonic();
    const lane = kept ?? { lane: delivery.lane, waiting: [], dueMs: nowMs, claim: undefined, tries: 0 };
    lane.waiting.push({ delivery, entry: this.#nextEntry(), appendedMs: nowMs });
    this.#lanes.set(name, lane);
    if (kept === undefined) for (const listener of this.#listeners) listener(lane.lane.kind);
    return true;
  }

  async onDue(listener: (kind: HookKind) => void): Promise<Disposable> {
    this.#listeners.add(listener);
    return toDisposable(() => void this.#listeners.delete(listener));
  }

  async setWill(session: string, deliveries: readonly Delivery[], generation: number): Promise<boolean> {
    const kept = this.#wills.get(session);
    if (kept === undefined && this.#wills.size >= MAX_WILLS) return false;
    if (kept === undefined || kept.generation <= generation) this.#wills.set(session, { deliveries, generation });
    return true;
  }

  async runWill(session: string, at: number, generation = Infinity): Promise<number> {
    const kept = this.#wills.get(session);
    if (kept === undefined || kept.generation > generation) return 0;
    this.#wills.delete(session);
    for (const delivery of kept.deliveries) await this.append({ ...delivery, at });
    return kept.deliveries.length;
  }

  async listWills(): Promise<{ sessions: readonly string[] }> {
    return { sessions: [...this.#wills.keys()] };
  }

  async take(kind: HookKind, { claim, count, perGroup, busy, claimMs }: TakeOptions): Promise<Due> {
    const nowMs = this.clock.monotonic();
    const under = new Map(busy);
    const taken: Taken[] = [];
    const due = [...this.#lanes.values()].filter((kept) => kept.lane.kind === kind && kept.dueMs <= nowMs);
    for (const kept of due.sort((a, b) => a.dueMs - b.dueMs)) {
      const [first] = kept.waiting;
      const ofGroup = under.get(kept.lane.group) ?? 0;
      if (first === undefined || ofGroup >= perGroup || taken.length >= count) continue;
      under.set(kept.lane.group, ofGroup + 1);
      const { delivery, entry, appendedMs } = first;
      taken.push({ delivery, entry, claim, tries: kept.tries, ageMs: nowMs - appendedMs });
      kept.claim = claim;
      kept.tries += 1;
      kept.dueMs = nowMs + claimMs;
    }
    let nextMs = Infinity;
    for (const { lane, dueMs } of this.#lanes.values()) if (lane.kind === kind) nextMs = Math.min(nextMs, dueMs);
    return { taken, nextMs: nextMs === Infinity ? undefined : nextMs - nowMs };
  }

  async settle(taken: Taken): Promise<boolean> {
    return this.#remove(taken) !== undefined;
  }

  async postpone(taken: Taken, waitMs: number): Promise<boolean> {
    const kept = this.#claimed(taken);
    if (kept === undefined) return false;
    kept.claim = undefined;
    kept.dueMs = this.clock.monotonic() + waitMs;
    return true;
  }

  async bury(taken: Taken, why: string): Promise<boolean> {
    const removed = this.#remove(taken);
    if (removed === undefined) return false;
    const { delivery, tries } = taken;
    const entry = this.#nextEntry();
    this.#dead.set(entry, { entry, delivery, diedAt: this.clock.now(), why, tries: tries + 1 });
    const [oldest] = this.#dead.keys();
    if (this.#dead.size > MAX_DEAD && oldest !== undefined) this.#dead.delete(oldest);
    return true;
  }

  async listDead(page: { before?: string | undefined; limit: number }): Promise<readonly DeadDelivery[]> {
    const before = page.before === undefined ? Infinity : Number.parseInt(page.before, 10);
    return [...this.#dead.values()]
      .reverse()
      .filter(({ entry }) => Number.parseInt(entry, 10) < before)
      .slice(0, page.limit);
  }

  async revive(entry: string): Promise<boolean> {
    const dead = this.#dead.get(entry);
    if (dead === undefined || !(await this.append(dead.delivery))) return false;
    return this.#dead.delete(entry);
  }

  async dropDead(entry: string): Promise<boolean> {
    return this.#dead.delete(entry);
  }

  async waiting(): Promise<WaitingDeliveries> {
    return { lanes: this.#lanes.size, dead: this.#dead.size };
  }

  async listReceivers(kind: HookKind, limit: number): Promise<readonly WaitingReceiver[]> {
    const nowMs = this.clock.monotonic();
    const found = new Map<string, WaitingReceiver>();
    for (const { lane, waiting, dueMs, tries } of [...this.#lanes.values()].sort((a, b) => a.dueMs - b.dueMs)) {
      const [first] = waiting;
      if (lane.kind !== kind || first === undefined) continue;
      const known = found.get(lane.group) ?? { lanes: 0, next: first.delivery, tries, dueMs: dueMs - nowMs };
      found.set(lane.group, { ...known, lanes: known.lanes + 1 });
    }
    return [...found.values()].slice(0, limit);
  }

  #claimed({ delivery, claim, entry }: Taken): KeptLane | undefined {
    const kept = this.#lanes.get(nameOf(delivery.lane));
    return kept?.claim === claim && kept.waiting[0]?.entry === entry ? kept : undefined;
  }

  #remove(taken: Taken): Waiting | undefined {
    const kept = this.#claimed(taken);
    const removed = kept?.waiting.shift();
    if (kept === undefined || removed === undefined) return undefined;
    kept.claim = undefined;
    kept.tries = 0;
    kept.dueMs = this.clock.monotonic();
    if (kept.waiting.length === 0) this.#lanes.delete(nameOf(kept.lane));
    return removed;
  }

  #nextEntry(): string {
    this.#count += 1;
    return `${this.#count}-0`;
  }
}

const nameOf = ({ kind, group, session }: Lane): string => `${kind}:${group}:${session}`;
