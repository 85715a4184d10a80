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

/** How often what is used is settled with the other edges: so much later a limit may be noticed. */
export const SETTLE_MS = 1_000;
/** An edge that reports nothing for so long has nothing any more, in the eyes of the others. */
export const HELD_LEASE_MS = 15_000;
/** How often an edge says that it is there, when nothing changes. */
const BEAT_MS = 5_000;
/** A flow is settled once a hundredth of it was used: whoever uses little costs no round trip. */
const SETTLED_PART = 100;
/** Of a flow that was used up a twentieth must be back before anything new of it begins, or ends would follow beginnings. */
const BEGINNING_PART = 20;
/** Counts that go in one message, and flows that are settled in one round. */
const MOST_AT_ONCE = 500;
/** Flows that are kept; some 150 bytes each. */
const DEFAULT_MAX_FLOWS = 100_000;
/** Flows that are looked at in a round, whether they can be forgotten. */
const LOOKED_AT = 2_000;

/** Something that counts until it is over. */
export interface Stay {
  /** Harmless to call twice. */
  leave(): void;
}

/** Counts what is used on a hot path: adding costs nothing, limits are looked at once a second. */
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
  /** What they share is away: this edge goes by what it counts itself. */
  readonly failed?: (error: unknown) => void;
  readonly maxFlows?: number;
}

interface Counted<R extends QuotaRule> {
  readonly id: string;
  readonly limit: string;
  readonly key: string;
  readonly rule: R;
}

/** Things that are there at once, of one address, key or all. */
interface Level {
  own: number;
  /** What the other edges had, and when that was heard. */
  others: number;
  heardMs: number;
}

interface Flow {
  readonly counted: Counted<FlowRule>;
  level: number;
  atMs: number;
  /** Used here, and not told to the other edges yet. */
  unsettled: number;
}

interface RunningMeter {
  used: number;
  readonly counted: readonly Counted<FlowRule>[];
  readonly exceeded: (by: Exceeded) => void;
}

/**
 * The limits of an edge. Every decision is made here and now by what this edge counts and what it last heard of the others; both
 * are exchanged once a second, by whatever changed, and nobody waits for that. So all edges together may let some more in than
 * a limit says, for about a second. What an edge had is over when it has reported nothing for `HELD_LEASE_MS`; where the
 * others cannot be heard for as long, it goes by its own count alone.
 */
export class Quotas<W extends string = string> {
  readonly #levels = new Map<string, Level>();
  /** In the order of last use. */
  readonly #flows = new Map<string, Flow>();
  readonly #meters = new Set<RunningMeter>();
  /** Levels that the others do not know as they are. */
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

  /** Ends that; the other edges are told that nothing is here any more. */
  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
    const { shared, failed } = this.deps;
    shared?.store.leave(shared.edge).catch((error: unknown) => failed?.(error));
  }

  /** Counts one more of `what` until it leaves, or says which limit is against it. `always`: it is counted, whatever the limits say. */
  enter(what: W, who: QuotaWho, { always = false } = {}): Stay | Exceeded {
    const counted = this.#countedBy(what, who, 'level');
    if (!always) {
      for (const { id, limit, rule } of counted) {
        if (this.#total(id) < rule.most) continue;
        // Whether it is so still at the others is asked with the next round.
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

  /** Uses `amount` of `what` now, or nothing when a limit is against it. */
  take(what: W, who: QuotaWho, amount = 1): Exceeded | undefined {
    const counted = this.#countedBy(what, who, 'flow');
    const against = this.#against(counted, () => amount);
    if (against === undefined) for (const one of counted) this.#use(one, amount);
    return against;
  }

  /** Notes that `amount` was used, whatever the limits say. */
  note(what: W, who: QuotaWho, amount = 1): void {
    for (const one of this.#countedBy(what, who, 'flow')) this.#use(one, amount);
  }

  /** Whether something that uses `what` may begin; uses nothing. */
  look(what: W, who: QuotaWho): Exceeded | undefined {
    return this.#against(this.#countedBy(what, who, 'flow'), ({ amount }) => amount / BEGINNING_PART);
  }

  /** Counts `what` as it is used; `exceeded` is called once, within a second, when a limit is passed. */
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
    // Once more with all of it where the others know nothing of this edge.
    if (!(await this.#tell(edge, store))) await this.#tell(edge, store);
    this.#reportedMs = now;
    if (isTime) this.#clearLevels();
  }

  /** Tells what has changed, or all where that was not told yet. False when the others know nothing of this edge any more. */
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

  /** What others have is remembered for a while also where this edge has nothing. */
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
