import type { Clock, Timer } from '#kernel';
import { addressKey } from '#address';
import {
  QUOTA_SCOPES,
  type Exceeded,
  type FlowRule,
  type QuotaRule,
  type QuotaRules,
  type QuotaScope,
  type QuotaStore,
  type QuotaWho,
} from './quota.js';

/** How often an edge exchanges its counts with the others, in ms: a limit may be noticed that much later. */
export const SETTLE_MS = 1_000;
/** The counts of an edge that has reported nothing for this long, in ms, no longer count for the others. */
export const HELD_LEASE_MS = 15_000;
/** How often an edge reports when nothing changes, in ms. */
const BEAT_MS = 5_000;
/** A flow is reported once a hundredth of it was used: small uses cost no round trip. */
const SETTLED_PART = 100;
/**
 * After a flow was used up, a twentieth must refill before anything new may use it; otherwise it would end right after it
 * begins.
 */
const BEGINNING_PART = 20;
/** Counts in one message, and flows reported in one round. */
const MOST_AT_ONCE = 500;
/** Flows that are kept, about 150 bytes each. */
const DEFAULT_MAX_FLOWS = 100_000;
/** Flows that are checked per round, whether they can be forgotten. */
const LOOKED_AT = 2_000;

/** Something that counts until it is over. */
export interface Stay {
  /** Harmless to call twice. */
  leave(): void;
}

/** Counts use on a hot path: adding is cheap, and limits are checked once a second. */
export interface Meter extends Stay {
  add(amount: number): void;
}

export interface QuotasDeps<W extends string> {
  readonly clock: Clock;
  readonly rules: QuotaRules<W>;
  /** Whether an address is a trusted proxy's. */
  readonly isProxy?: (address: string) => boolean;
  /** What the edges of a fleet share; undefined: this process is all there is. */
  readonly shared?: { readonly edge: string; readonly store: QuotaStore };
  /** The shared store is not available: this edge uses its own counts. */
  readonly failed?: (error: unknown) => void;
  readonly maxFlows?: number;
}

interface Counted<R extends QuotaRule> {
  readonly id: string;
  readonly limit: string;
  readonly key: string;
  readonly rule: R;
}

/** Things that exist at the same time, for one address, key or all. */
interface Level {
  own: number;
  /** What the other edges had, and when they reported it. */
  others: number;
  heardMs: number;
}

interface Flow {
  readonly counted: Counted<FlowRule>;
  level: number;
  atMs: number;
  /** Used here, and not reported to the other edges yet. */
  unsettled: number;
}

interface RunningMeter {
  used: number;
  readonly counted: readonly Counted<FlowRule>[];
  readonly exceeded: (by: Exceeded) => void;
}

/**
 * The limits of an edge. An edge decides at once, from its own counts and the last reports of the others. Changes are exchanged
 * once a second, and nobody waits for that. So for about a second, all edges together may exceed a limit. The counts of an edge
 * end when it has reported nothing for `HELD_LEASE_MS`; when an edge has received no reports for that long, it uses only its
 * own counts.
 */
export class Quotas<W extends string = string> {
  readonly #levels = new Map<string, Level>();
  /** In the order of last use. */
  readonly #flows = new Map<string, Flow>();
  readonly #meters = new Set<RunningMeter>();
  /** Levels that have changed since the last report. */
  readonly #changed = new Set<string>();
  readonly #wanting = new Set<Flow>();
  #timer: Timer | undefined;
  #settling = false;
  #reportedMs = -Infinity;
  #known = false;
  #disposed = false;

  constructor(private readonly deps: QuotasDeps<W>) {}

  /** Begins to exchange counts. */
  start(): void {
    if (this.#disposed || this.#timer !== undefined) return;
    this.#timer = this.deps.clock.after(SETTLE_MS, () => {
      this.#timer = undefined;
      this.#round();
      this.start();
    });
  }

  /** Ends that, and reports to the other edges that this one has nothing left. */
  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
    const { shared, failed } = this.deps;
    shared?.store.leave(shared.edge).catch((error: unknown) => failed?.(error));
  }

  /** Counts one more of `what` until it leaves, or returns the limit that refuses it. `always`: count it despite the limits. */
  enter(what: W, who: QuotaWho, { always = false } = {}): Stay | Exceeded {
    const counted = this.#countedBy(what, who, 'level');
    if (!always) {
      for (const { id, limit, rule } of counted) {
        if (this.#total(id) < rule.most) continue;
        // The next round finds out whether the others still have it.
        this.#changed.add(id);
        return { limit, most: rule.most, retryAfterMs: undefined };
      }
    }
    for (const { id } of counted) this.#add(id, 1);
    let here = true;
    return {
      leave: () => {
        if (!here) return;
        here = false;
        for (const { id } of counted) this.#add(id, -1);
      },
    };
  }

  /** Uses `amount` of `what` now, or nothing if a limit refuses it. */
  take(what: W, who: QuotaWho, amount = 1): Exceeded | undefined {
    const counted = this.#countedBy(what, who, 'flow');
    const against = this.#against(counted, () => amount);
    if (against === undefined) for (const one of counted) this.#use(one, amount);
    return against;
  }

  /** Records that `amount` was used, despite the limits. */
  note(what: W, who: QuotaWho, amount = 1): void {
    for (const one of this.#countedBy(what, who, 'flow')) this.#use(one, amount);
  }

  /** Whether something that uses `what` may begin; uses nothing. */
  look(what: W, who: QuotaWho): Exceeded | undefined {
    return this.#against(this.#countedBy(what, who, 'flow'), ({ amount }) => amount / BEGINNING_PART);
  }

  /** Counts `what` as it is used; calls `exceeded` once, within a second after a limit is exceeded. */
  meter(what: W, who: QuotaWho, exceeded: (by: Exceeded) => void): Meter {
    const counted = this.#countedBy(what, who, 'flow');
    if (counted.length === 0) return NO_METER;
    const meter: RunningMeter = { used: 0, counted, exceeded };
    this.#meters.add(meter);
    return {
      add: (amount) => void (meter.used += amount),
      leave: () => {
        if (!this.#meters.delete(meter)) return;
        for (const one of counted) this.#use(one, meter.used);
      },
    };
  }

  /** How many counts are kept. */
  get size(): number {
    return this.#levels.size + this.#flows.size + this.#meters.size;
  }

  #countedBy<K extends QuotaRule['kind']>(
    what: W,
    { address, key }: QuotaWho,
    kind: K,
  ): readonly Counted<Extract<QuotaRule, { kind: K }>>[] {
    const { rules, isProxy } = this.deps;
    const of: Readonly<Record<QuotaScope, string | undefined>> = {
      'per-address': addressKey(address),
      'per-key': key,
      'in-all': 'all',
    };
    return QUOTA_SCOPES.flatMap((scope) => {
      const limit = `${what}-${scope}` as const;
      const [rule, whose] = [rules[limit], of[scope]];
      if (rule?.kind !== kind || whose === undefined) return [];
      if (scope === 'per-address' && rule.sparesProxies === true && isProxy?.(address) === true) return [];
      return [{ id: `${limit} ${whose}`, limit, key: whose, rule: rule as Extract<QuotaRule, { kind: K }> }];
    });
  }

  #total(id: string): number {
    const level = this.#levels.get(id);
    if (level === undefined) return 0;
    const isFresh = this.deps.clock.monotonic() - level.heardMs < HELD_LEASE_MS;
    return level.own + (isFresh ? level.others : 0);
  }

  #add(id: string, change: 1 | -1): void {
    const level = this.#levels.get(id) ?? { own: 0, others: 0, heardMs: -Infinity };
    level.own += change;
    this.#levels.set(id, level);
    if (this.deps.shared !== undefined) this.#changed.add(id);
    else if (level.own === 0) this.#levels.delete(id);
  }

  #against(counted: readonly Counted<FlowRule>[], needed: (rule: FlowRule) => number): Exceeded | undefined {
    for (const one of counted) {
      const { limit, rule } = one;
      const level = this.#levelOf(this.#flows.get(one.id), rule);
      const missing = Math.min(rule.amount, needed(rule)) - level;
      if (missing <= 0) continue;
      const retryAfterMs = Math.max(1, Math.ceil((missing / rule.amount) * rule.perMs));
      return { limit, most: rule.amount, retryAfterMs };
    }
    return undefined;
  }

  #levelOf(flow: Flow | undefined, { amount, perMs }: FlowRule): number {
    if (flow === undefined) return amount;
    return Math.min(amount, flow.level + ((this.deps.clock.monotonic() - flow.atMs) / perMs) * amount);
  }

  #use(counted: Counted<FlowRule>, amount: number): number {
    if (amount <= 0) return 0;
    const { id, rule } = counted;
    const flow = this.#flows.get(id) ?? { counted, level: rule.amount, atMs: 0, unsettled: 0 };
    flow.level = Math.max(-rule.amount, this.#levelOf(this.#flows.get(id), rule) - amount);
    flow.atMs = this.deps.clock.monotonic();
    flow.unsettled += amount;
    this.#flows.delete(id);
    this.#flows.set(id, flow);
    if (flow.unsettled >= rule.amount / SETTLED_PART && this.deps.shared !== undefined) this.#wanting.add(flow);
    if (this.#flows.size > (this.deps.maxFlows ?? DEFAULT_MAX_FLOWS)) {
      const [oldest] = this.#flows;
      if (oldest !== undefined) this.#forget(...oldest);
    }
    return flow.level;
  }

  #forget(id: string, flow: Flow): void {
    this.#flows.delete(id);
    this.#wanting.delete(flow);
  }

  #round(): void {
    for (const meter of this.#meters) this.#read(meter);
    let looked = 0;
    for (const [id, flow] of this.#flows) {
      if (++looked > LOOKED_AT) break;
      if (this.#levelOf(flow, flow.counted.rule) >= flow.counted.rule.amount) this.#forget(id, flow);
    }
    const { shared, failed } = this.deps;
    if (shared === undefined || this.#settling) return;
    this.#settling = true;
    void Promise.allSettled([this.#report(shared), this.#spend(shared.store)]).then((outcomes) => {
      this.#settling = false;
      for (const outcome of outcomes) if (outcome.status === 'rejected') failed?.(outcome.reason);
    });
  }

  #read(meter: RunningMeter): void {
    const { used, counted } = meter;
    if (used === 0) return;
    meter.used = 0;
    const levels = counted.map((one) => this.#use(one, used));
    const spent = counted.filter((_, n) => (levels[n] ?? 0) < 0);
    const against = this.#against(spent, ({ amount }) => amount / BEGINNING_PART);
    if (against === undefined) return;
    this.#meters.delete(meter);
    meter.exceeded(against);
  }

  async #report({ edge, store }: { readonly edge: string; readonly store: QuotaStore }): Promise<void> {
    const now = this.deps.clock.monotonic();
    const isTime = now - this.#reportedMs >= BEAT_MS;
    if (this.#changed.size === 0 && !(isTime && this.#levels.size > 0)) return;
    // If the others know nothing about this edge, reports everything once more.
    if (!(await this.#tell(edge, store))) await this.#tell(edge, store);
    this.#reportedMs = now;
    if (isTime) this.#clearLevels();
  }

  /** Reports what has changed, or everything the first time. Returns false if the others no longer know this edge. */
  async #tell(edge: string, store: QuotaStore): Promise<boolean> {
    let anew = !this.#known;
    const ids = anew ? [...this.#levels.keys()] : [...this.#changed];
    for (let from = 0; from === 0 || from < ids.length; from += MOST_AT_ONCE) {
      const part = ids.slice(from, from + MOST_AT_ONCE);
      const counts = new Map(part.map((id) => [id, this.#levels.get(id)?.own ?? 0]));
      for (const id of part) this.#changed.delete(id);
      const sums = await store.report(edge, counts, { leaseMs: HELD_LEASE_MS, anew }).catch((error: unknown) => {
        for (const id of part) this.#changed.add(id);
        throw error;
      });
      if (sums === undefined) {
        this.#known = false;
        return false;
      }
      this.#known = true;
      anew = false;
      for (const [id, sum] of sums) this.#heard(id, sum - (counts.get(id) ?? 0));
    }
    return true;
  }

  #heard(id: string, others: number): void {
    const level = this.#levels.get(id) ?? { own: 0, others: 0, heardMs: 0 };
    level.others = Math.max(0, others);
    level.heardMs = this.deps.clock.monotonic();
    if (level.own > 0 || level.others > 0) this.#levels.set(id, level);
    else this.#levels.delete(id);
  }

  /** The counts of others are remembered for a while, even if this edge has none. */
  #clearLevels(): void {
    for (const [id, level] of this.#levels) if (level.own === 0 && this.#total(id) === 0) this.#levels.delete(id);
  }

  async #spend(store: QuotaStore): Promise<void> {
    const flows = [...this.#wanting].slice(0, MOST_AT_ONCE);
    await Promise.all(
      flows.map(async (flow) => {
        const { limit, key, rule } = flow.counted;
        const used = flow.unsettled;
        flow.unsettled = 0;
        this.#wanting.delete(flow);
        try {
          const left = await store.spend(limit, key, rule, used);
          flow.level = left - flow.unsettled;
          flow.atMs = this.deps.clock.monotonic();
        } catch (error) {
          flow.unsettled += used;
          if (this.#flows.get(flow.counted.id) === flow) this.#wanting.add(flow);
          throw error;
        }
      }),
    );
  }
}

const NO_METER: Meter = { add: () => undefined, leave: () => undefined };

/** Whether `enter` has said no. */
export const isExceeded = (answer: Stay | Exceeded): answer is Exceeded => 'limit' in answer;
