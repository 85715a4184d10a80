import type { Clock, Timer } from './clock.js';

/** A clock that moves only when told to; for tests. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #timers: { atMs: number; run: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  /**
   * A part of a millisecond counts as a whole one, as with real timers, so that code that waits for the rest of a time makes
   * progress.
   */
  after(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.ceil(Math.max(0, delayMs)), run };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** How many timers are pending. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Advances time by `ms` and runs due timers on the way, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = untilMs;
  }
}
