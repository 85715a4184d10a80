import type { LocksObserver, PolicyObserver } from '#control';
import type { Clock } from '#kernel';
import type { Log, Metrics } from '#platform';
import type { RedisObserver } from '#redis';
import type { RelayObserver } from '#relay';

/** How often one kind of fault is logged, in ms: without a backplane, many calls fail every second. */
const TELL_EVERY_MS = 10_000;

/** Logs each kind of fault now and then, with how many were passed over. */
export class RareLog {
  readonly #told = new Map<string, { atMs: number; passed: number }>();

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  /** `kind` is one of few; it names the fault together with `event`. */
  warn(event: string, kind: string, error: unknown): void {
    const key = `${event}:${kind}`;
    const now = this.clock.monotonic();
    const last = this.#told.get(key);
    if (last !== undefined && now - last.atMs < TELL_EVERY_MS) {
      last.passed += 1;
      return;
    }
    this.#told.set(key, { atMs: now, passed: 0 });
    const message = error instanceof Error ? error.message : String(error);
    this.log.warn(event, { kind, message, ...(last === undefined ? {} : { passedOver: last.passed }) });
  }
}

/** How long readiness reports a refusal after the last one, in ms. */
const REFUSED_FOR_MS = 300_000;

/** Notices when Redis refuses commands for lack of memory, disk or replicas, although its connection works. */
export class RefusedWrites {
  #last: { readonly text: string; readonly atMs: number } | undefined;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  note(text: string): void {
    this.#last = { text, atMs: this.clock.monotonic() };
  }

  get notice(): string | undefined {
    if (this.#last === undefined || this.clock.monotonic() - this.#last.atMs > REFUSED_FOR_MS) return undefined;
    return this.#last.text;
  }
}

/**
 * Redis is slow from here on, in s: each key typed at another edge than the host's waits for it, and a join a few times as
 * long.
 */
const SLOW_S = 0.5;
/** It counts as slow only if even the fastest round trip was slow for this long, in ms: one slow command means nothing. */
const SLOW_FOR_MS = 5_000;

/** Whether Redis answers, but slowly. */
export class Slowness {
  #sinceMs = 0;
  #fastest = Infinity;
  /** The fastest round trip of the last complete period, in s. */
  #last: number | undefined;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  note(seconds: number): void {
    const now = this.clock.monotonic();
    if (now - this.#sinceMs >= SLOW_FOR_MS) {
      this.#last = this.#fastest;
      this.#sinceMs = now;
      this.#fastest = Infinity;
    }
    this.#fastest = Math.min(this.#fastest, seconds);
    // A Redis that is fast again counts as fast at once.
    if (seconds < SLOW_S) this.#last = undefined;
  }

  get notice(): string | undefined {
    if (this.#last === undefined || this.#last < SLOW_S || this.#last === Infinity) return undefined;
    return `Redis is slow: a round trip takes at least ${this.#last.toFixed(1)} s`;
  }
}

/** Counts messages between edges. */
export function relayObserver(rare: RareLog, metrics: Metrics): RelayObserver {
  const messages = {
    in: metrics.relayMessages.of({ direction: 'in' }),
    out: metrics.relayMessages.of({ direction: 'out' }),
  };
  const bytes = {
    in: metrics.bytes.of({ direction: 'in', leg: 'relay' }),
    out: metrics.bytes.of({ direction: 'out', leg: 'relay' }),
  };
  return {
    published(count) {
      messages.out();
      bytes.out(count);
    },
    received(count) {
      messages.in();
      bytes.in(count);
    },
    gap: () => metrics.relayGaps.add({}),
    snapshot: (reason) => metrics.snapshots.add({ reason }),
    fault: (error) => rare.warn('relay-fault', 'relay', error),
  };
}

/** Reports the state of Redis; `region` is set for another region's Redis, which does not affect this edge's readiness. */
export function redisObserver(
  log: Log,
  rare: RareLog,
  metrics: Metrics,
  { region, slowness }: { readonly region?: string; readonly slowness?: Slowness } = {},
): RedisObserver {
  const where = region === undefined ? {} : { region };
  return {
    state(up, why) {
      if (region === undefined) metrics.redisUp.set({}, up ? 1 : 0);
      if (up) log.info('redis-up', where);
      else
        log.warn('redis-down', { ...where, why: why ?? '' }, 'Sessions of this edge continue; others wait for Redis.');
    },
    roundTrip(seconds) {
      metrics.redisSeconds.observe({}, seconds);
      slowness?.note(seconds);
    },
    fault: (error) => rare.warn('redis-fault', region ?? 'own', error),
  };
}

/** Reports the operator's locks to the log. */
export const locksObserver = (log: Log, rare: RareLog): LocksObserver => ({
  changed: (count) => log.info('locks-changed', { count }),
  failed: (error) => rare.warn('locks-not-read', 'store', error),
});

/** Reports the operator's policy to the log and the metrics. */
export function policyObserver(log: Log, rare: RareLog, metrics: Metrics): PolicyObserver {
  return {
    changed() {
      metrics.policyFaulty.set({}, 0);
      log.info('policy-changed', {});
    },
    refused(faults) {
      metrics.policyFaulty.set({}, 1);
      log.warn('policy-refused', { faults }, 'The previous policy stays in force.');
    },
    failed: (error) => rare.warn('policy-not-read', 'store', error),
  };
}
