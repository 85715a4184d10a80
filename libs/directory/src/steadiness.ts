import type { Clock } from '#kernel';
import { DEFAULT_TIMINGS, EDGE_RENEW_MS } from './timings.js';

/**
 * How long a process must have been in touch with the directory before it may take a session for dead, in ms: a lease, in
 * which every living edge says so, and one heartbeat more for those that come back last.
 */
export const STEADY_MS = DEFAULT_TIMINGS.edgeLeaseMs + EDGE_RENEW_MS;

/** No answer for so long is a break as well: the process stood still, or was not asked to look. */
const BREAK_MS = DEFAULT_TIMINGS.edgeLeaseMs;

/**
 * For how long this process has been in touch with a directory without a break. A process that was cut off cannot know who
 * died meanwhile: it sees the leases of everybody who was cut off with it end, and waits until they have had time to renew them.
 */
export class Steadiness {
  #sinceMs: number | undefined;
  #lastMs = 0;

  constructor(private readonly clock: Clock) {}

  /** The directory answered. */
  answered(): void {
    const now = this.clock.monotonic();
    if (this.#sinceMs === undefined || now - this.#lastMs > BREAK_MS) this.#sinceMs = now;
    this.#lastMs = now;
  }

  /** It did not, or has lost what it knew. */
  broke(): void {
    this.#sinceMs = undefined;
  }

  /** How much longer this process may declare nobody dead, in ms; 0 when it may. */
  get missingMs(): number {
    const now = this.clock.monotonic();
    if (this.#sinceMs === undefined || now - this.#lastMs > BREAK_MS) return STEADY_MS;
    return Math.max(0, this.#sinceMs + STEADY_MS - now);
  }
}
