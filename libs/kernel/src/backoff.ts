/** Waits that double from `firstMs` to `maxMs` until an attempt succeeds. */
export class Backoff {
  #nextMs: number;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {
    this.#nextMs = firstMs;
  }

  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(this.maxMs, 2 * ms);
    return ms;
  }

  /** The wait that `next` would return. */
  peek(): number {
    return this.#nextMs;
  }

  reset(): void {
    this.#nextMs = this.firstMs;
  }
}

/** The wait after `times` failures before this one: `firstMs`, grown so many times, and `maxMs` at most. */
export function backoffMs(times: number, firstMs: number, maxMs: number, growth = 2): number {
  return Math.min(maxMs, firstMs * growth ** times);
}
