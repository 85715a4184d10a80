import type { Clock } from '#kernel';
import { DEFAULT_TIMINGS, EDGE_RENEW_MS } from './timings.js';

/**
 * How long a process must have been in touch with the directory before it may take a session for dead, in ms: a lease, in
 * which every living edge says so, and one heartbeat more for those that come back last.
 */
export const STEADY_MS = DEFAULT_TIMINGS.edgeLeaseMs + EDGE_RENEW_MS;

/** Breaks that are remembered one by one; of older ones, the sum. */
const MAX_BREAKS = 32;

/** No answer for so long is a break as well: the process stood still, or was not asked to look. */
const BREAK_MS = DEFAULT_TIMINGS.edgeLeaseMs;

/**
 * For how long this process has been in touch with a directory without a break. A process that was cut off cannot know who
 * died meanwhile: it sees the leases of everybody who was cut off with it end, and waits until they have had time to renew them.
 */
export class Steadiness {
  #sinceMs: number | undefined;
  /** The last answer; undefined before the first. */
  #answeredMs: number | undefined;
  /** When each break ended, and how long it lasted, oldest first. */
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

  /** It did not, or has lost what it knew. */
  broke(): void {
    this.#sinceMs = undefined;
  }

  /** How much longer this process may declare nobody dead, in ms; 0 when it may. */
  get missingMs(): number {
    const now = this.clock.monotonic();
    if (this.#sinceMs === undefined || this.#isBroken(now)) return STEADY_MS;
    return Math.max(0, this.#sinceMs + STEADY_MS - now);
  }

  /**
   * How long this process was out of touch, in ms: all breaks that ended in the last `windowMs`. Who did not come back in that
   * time may not have been able to, so it does not count where somebody is waited for.
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
