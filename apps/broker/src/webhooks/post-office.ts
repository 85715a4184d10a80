import { randomUUID } from 'node:crypto';
import { backoffMs, type Clock, type Disposable, type Timer } from '#kernel';
import { HOOK_KINDS, type Delivery, type HookKind, type Taken, type WebhookQueue } from '#control';
import { ATTEMPT_MS, type Outcome } from './courier.js';

export interface PostOfficeOptions {
  readonly queue: WebhookQueue;
  readonly courier: { carry(delivery: Delivery): Promise<Outcome> };
  readonly clock: Clock;
  /** An attempt is over; `dead`: it was the last one. */
  readonly tried: (result: 'ok' | 'failed' | 'dead', delivery: Delivery, why: string) => void;
  readonly failed: (error: unknown) => void;
}

/** Deliveries of each kind under way at once in one broker, and those of them to one receiver. */
const MOST = 64;
const MOST_TO_ONE = 8;
/**
 * How often the queue is checked if nothing is known to wait, in ms: a notification may be lost. Brokers do not all do so at
 * the same moment.
 */
export const IDLE_MS = 15_000;
/** How often while more is due than may be taken, and after a fault. */
const BUSY_MS = 500;
/** Between two words at least: much that becomes due is taken together. */
const GAP_MS = 50;
/** Least wait for what will be due: Redis' clock and this one's timers are not that exact. */
const LEAST_MS = 10;
/** A claim lasts longer than an attempt: what a broker that died had taken comes again after this. */
const CLAIM_MS = ATTEMPT_MS + 5_000;
/** The wait after the first failed attempt; each one after it is twice the one before, up to the longest. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10 * 60_000;
/** A delivery that failed is given up when it is older. */
export const GIVE_UP_MS = 3 * 3_600_000;

/**
 * How long to wait after that many failed attempts, in ms; slightly random, so that lanes do not come back at the same moment.
 */
export function waitAfter(tries: number, chance: number): number {
  return backoffMs(tries - 1, FIRST_WAIT_MS, LONGEST_WAIT_MS) * (0.9 + 0.2 * chance);
}

/** When to look again, by when the next lane is due. */
function waitFor(nextMs: number | undefined, chance: number): number {
  const idleMs = IDLE_MS * (0.9 + 0.2 * chance);
  if (nextMs === undefined) return idleMs;
  return nextMs > 0 ? Math.min(Math.max(nextMs, LEAST_MS), idleMs) : BUSY_MS;
}

/**
 * Takes deliveries out of the queue and has them carried, many at once, few to one receiver. Any number of brokers do so
 * side by side: nothing of it is kept here.
 */
export class PostOffice implements Disposable {
  readonly #busy: Readonly<Record<HookKind, Map<string, number>>> = { fleet: new Map(), session: new Map() };
  readonly #timers = new Map<HookKind, Timer>();
  /**
   * Kinds whose queue is being read. If more has become due meanwhile: read again `soon`, or at once because there is room
   * `now`.
   */
  readonly #looking = new Map<HookKind, 'once' | 'soon' | 'now'>();
  readonly #lookedMs = new Map<HookKind, number>();
  #listening: Disposable | undefined;
  #listenLater: Timer | undefined;
  #stopped = false;

  constructor(private readonly options: PostOfficeOptions) {}

  start(): void {
    void this.#listen();
    for (const kind of HOOK_KINDS) void this.#look(kind);
  }

  /** Takes no more deliveries; those in progress are finished, or another broker repeats them. */
  dispose(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#listenLater?.cancel();
    this.#listening?.dispose();
  }

  async #listen(): Promise<void> {
    const { queue, clock, failed } = this.options;
    try {
      const listening = await queue.onDue((kind) => this.#wake(kind));
      if (this.#stopped) return listening.dispose();
      this.#listening = listening;
      // What became due before that.
      for (const kind of HOOK_KINDS) this.#wake(kind);
    } catch (error) {
      failed(error);
      if (!this.#stopped) this.#listenLater = clock.after(BUSY_MS, () => void this.#listen());
    }
  }

  /** Something has become due. */
  #wake(kind: HookKind): void {
    if (this.#stopped) return;
    const looking = this.#looking.get(kind);
    if (looking !== undefined) {
      if (looking === 'once') this.#looking.set(kind, 'soon');
      return;
    }
    const sinceMs = this.options.clock.monotonic() - (this.#lookedMs.get(kind) ?? -Infinity);
    if (sinceMs >= GAP_MS) void this.#look(kind);
    else this.#lookIn(kind, GAP_MS - sinceMs);
  }

  #lookIn(kind: HookKind, ms: number): void {
    this.#timers.get(kind)?.cancel();
    if (this.#stopped) return;
    this.#timers.set(
      kind,
      this.options.clock.after(ms, () => void this.#look(kind)),
    );
  }

  /** Takes what is due, as much as there is room for. */
  async #look(kind: HookKind): Promise<void> {
    if (this.#stopped) return;
    if (this.#looking.has(kind)) {
      this.#looking.set(kind, 'now');
      return;
    }
    this.#looking.set(kind, 'once');
    this.#timers.get(kind)?.cancel();
    const { queue, clock, failed } = this.options;
    this.#lookedMs.set(kind, clock.monotonic());
    const busy = this.#busy[kind];
    let waitMs = BUSY_MS;
    try {
      const count = MOST - [...busy.values()].reduce((sum, number) => sum + number, 0);
      const limits = { count, perGroup: MOST_TO_ONE, claimMs: CLAIM_MS };
      if (count > 0) {
        const { taken, nextMs } = await queue.take(kind, { claim: randomUUID(), busy, ...limits });
        for (const one of taken) void this.#carry(kind, one);
        waitMs = waitFor(nextMs, Math.random());
      }
    } catch (error) {
      failed(error);
    }
    const again = this.#looking.get(kind);
    this.#looking.delete(kind);
    this.#lookIn(kind, again === 'now' ? 0 : again === 'soon' ? GAP_MS : waitMs);
  }

  async #carry(kind: HookKind, taken: Taken): Promise<void> {
    const busy = this.#busy[kind];
    const { group } = taken.delivery.lane;
    busy.set(group, (busy.get(group) ?? 0) + 1);
    try {
      await this.#finish(taken, await this.options.courier.carry(taken.delivery));
    } catch (error) {
      // The queue is not available: the claim expires, and the delivery comes again.
      this.options.failed(error);
      return;
    } finally {
      const left = (busy.get(group) ?? 1) - 1;
      if (left > 0) busy.set(group, left);
      else busy.delete(group);
    }
    // The ones after it.
    void this.#look(kind);
  }

  async #finish(taken: Taken, outcome: Outcome): Promise<void> {
    const { queue, tried } = this.options;
    const { delivery, ageMs } = taken;
    if (outcome.result === 'ok') {
      await queue.settle(taken);
      tried('ok', delivery, '');
    } else if (outcome.result === 'refused' || ageMs >= GIVE_UP_MS) {
      await queue.bury(taken, outcome.why);
      tried('dead', delivery, outcome.why);
    } else {
      await queue.postpone(taken, waitAfter(taken.tries + 1, Math.random()));
      tried('failed', delivery, outcome.why);
    }
  }
}
