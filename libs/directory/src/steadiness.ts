import type { Clock } from '#kernel';
import { DEFAULT_TIMINGS, EDGE_RENEW_MS } from './timings.js';

/**
 * How long a process must have been in touch with the directory before it may assume that a session is dead, in ms: a lease, in
 * which every living edge reports, and one more heartbeat for those that come back last.
 */
export const STEADY_MS = DEFAULT_TIMINGS.edgeLeaseMs + EDGE_RENEW_MS;

/** Interruptions that are remembered one by one; for older ones, only the sum. */
const MAX_BREAKS = 32;

/** No answer for this long, in ms, counts as an interruption too: the process was suspended, or did not ask. */
const BREAK_MS = DEFAULT_TIMINGS.edgeLeaseMs;

/**
 * How long this process has been in touch with a directory without interruption. A process that was cut off cannot know who
 * died meanwhile: it sees the leases end of all those that were cut off with it, and waits until they have had time to renew
 * them.
 */
export class Steadiness {
  #sinceMs: number | undefined;
  /** The last answer; undefined before the first. */
  #answeredMs: number | undefined;
  /** When each interruption ended, and how long it lasted, oldest first. */
  readonly #breaks: { readonly endedMs: number; readonly lastedMs: number }[] = [];

  constructor(private readonly clock: Clock) {}

  /** The directory answered. */
  answered(): void {
    const now = this.clock.monotonic();
    if (this.#isBroken(now)) {
      this.#sinceMs = now;
      if (this.#answeredMs !== undefined) this.#remember(now, now - this.#answeredMs);
    }
    this.#answeredMs = now;
  }

  /** The directory did not answer, or has lost its data. */
  broke(): void {
    this.#sinceMs = undefined;
  }

  /** How much longer this process must not declare anything dead, in ms; 0 if it may. */
  get missingMs(): number {
    const now = this.clock.monotonic();
    if (this.#sinceMs === undefined || this.#isBroken(now)) return STEADY_MS;
    return Math.max(0, this.#sinceMs + STEADY_MS - now);
  }

  /**
   * How long this process was out of touch, in ms: all interruptions that ended in the last `windowMs`. A host may have been
   * unable to come back in that time, so it does not count towards a wait for it.
   */
  brokenMs(windowMs: number): number {
    const fromMs = this.clock.monotonic() - windowMs;
    return this.#breaks.reduce((sum, { endedMs, lastedMs }) => (endedMs < fromMs ? sum : sum + lastedMs), 0);
  }

  #isBroken(now: number): boolean {
    return this.#sinceMs === undefined || now - (this.#answeredMs ?? 0) > BREAK_MS;
  }

  #remember(endedMs: number, lastedMs: number): void {
    this.#breaks.push({ endedMs, lastedMs });
    if (this.#breaks.length <= MAX_BREAKS) return;
    const [first, second] = this.#breaks.splice(0, 2);
    const sumMs = (first?.lastedMs ?? 0) + (second?.lastedMs ?? 0);
    this.#breaks.unshift({ endedMs: second?.endedMs ?? endedMs, lastedMs: sumMs });
  }
}
