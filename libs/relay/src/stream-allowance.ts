import type { Clock } from '#kernel';

/**
 * What one session may send a second, and at once after a pause, in bytes: every edge that follows gets all of it, and a slow one
 * is cut off by Redis with all that it follows. Over it, replicas get snapshots instead, as often as the allowance pays for them.
 */
export const STREAM_BYTES_PER_S = 4 * 1024 * 1024;
export const STREAM_BURST_BYTES = 4 * 1024 * 1024;

/** What is left of a stream's allowance. It may be overdrawn, and grows with time. */
export class StreamAllowance {
  #saved = STREAM_BURST_BYTES;
  #savedAtMs: number;

  constructor(private readonly clock: Clock) {
    this.#savedAtMs = clock.monotonic();
  }

  /** Spends that many bytes if the allowance is large enough; returns whether it was. */
  take(bytes: number): boolean {
    const reaches = this.#left >= bytes;
    if (reaches) this.spend(bytes);
    return reaches;
  }

  /** Spends that many bytes, even if the allowance is too small. */
  spend(bytes: number): void {
    this.#saved = this.#left - bytes;
    this.#savedAtMs = this.clock.monotonic();
  }

  /** How long it took, when it was last spent, to earn back what was overdrawn, in ms. */
  get overdrawnMs(): number {
    return Math.ceil((Math.max(0, -this.#saved) * 1000) / STREAM_BYTES_PER_S);
  }

  get #left(): number {
    const earned = ((this.clock.monotonic() - this.#savedAtMs) * STREAM_BYTES_PER_S) / 1000;
    return Math.min(STREAM_BURST_BYTES, this.#saved + earned);
  }
}
