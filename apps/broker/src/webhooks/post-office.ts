import { randomUUID } from 'node:crypto';
import type { Clock, Disposable, Timer } from '#kernel';
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
/** How often the queue is asked, in ms; at once while it had more than could be taken. */
const POLL_MS = 500;
/** A claim lasts longer than an attempt: what a broker that died had taken comes again after this. */
const CLAIM_MS = ATTEMPT_MS + 5_000;
/** The wait after the first failed attempt; each one after it is twice the one before, up to the longest. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10 * 60_000;
/** A delivery that failed is given up when it is older. */
export const GIVE_UP_MS = 3 * 3_600_000;

/** How long to wait after so many failed attempts; a little uneven, so that lanes do not come back in one moment. */
export function waitAfter(tries: number, chance: number): number {
  const full = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 30), LONGEST_WAIT_MS);
  return full * (0.9 + 0.2 * chance);
}

/**
 * Takes deliveries out of the queue and has them carried, many at once, few to one receiver. Any number of brokers do so
 * side by side: nothing of it is kept here.
 */
export class PostOffice implements Disposable {
  readonly #busy: Readonly<Record<HookKind, Map<string, number>>> = { fleet: new Map(), session: new Map() };
  readonly #timers = new Map<HookKind, Timer>();
  /** Kinds whose queue is being asked; `again`: more may have become due meanwhile. */
  readonly #looking = new Map<HookKind, 'once' | 'again'>();
  #stopped = false;

  constructor(private readonly options: PostOfficeOptions) {}

  start(): void {
    for (const kind of HOOK_KINDS) void this.#look(kind);
  }

  /** Takes nothing more; what is under way is carried to its end, or comes again by another broker. */
  dispose(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }

  /** Takes what is due, as much as there is room for. */
  async #look(kind: HookKind): Promise<void> {
    if (this.#stopped) return;
    if (this.#looking.has(kind)) {
      this.#looking.set(kind, 'again');
      return;
    }
    this.#looking.set(kind, 'once');
    this.#timers.get(kind)?.cancel();
    const { queue, clock, failed } = this.options;
    const busy = this.#busy[kind];
    try {
      const count = MOST - [...busy.values()].reduce((sum, number) => sum + number, 0);
      const limits = { count, perGroup: MOST_TO_ONE, claimMs: CLAIM_MS };
      const taken = count > 0 ? await queue.take(kind, { claim: randomUUID(), busy, ...limits }) : [];
      for (const one of taken) void this.#carry(kind, one);
    } catch (error) {
      failed(error);
    }
    const again = this.#looking.get(kind) === 'again';
    this.#looking.delete(kind);
    if (!this.#stopped)
      this.#timers.set(
        kind,
        clock.after(again ? 0 : POLL_MS, () => void this.#look(kind)),
      );
  }

  async #carry(kind: HookKind, taken: Taken): Promise<void> {
    const busy = this.#busy[kind];
    const { group } = taken.delivery.lane;
    busy.set(group, (busy.get(group) ?? 0) + 1);
    try {
      await this.#finish(taken, await this.options.courier.carry(taken.delivery));
    } catch (error) {
      // The queue is away: the claim runs out, and it comes again.
      this.options.failed(error);
      return;
    } finally {
      const left = (busy.get(group) ?? 1) - 1;
      if (left > 0) busy.set(group, left);
      else busy.delete(group);
    }
    // What stood behind it.
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
