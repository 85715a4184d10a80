import type { Clock, Timer } from './clock.js';

/** A call that is due later, at most one at a time. */
export class Timeout {
  #timer: Timer | undefined;

  constructor(private readonly clock: Clock) {}

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Calls `run` once, `delayMs` from now, in place of the call that was due. */
  start(delayMs: number, run: () => void): void {
    this.cancel();
    this.#timer = this.clock.after(delayMs, () => {
      this.#timer = undefined;
      run();
    });
  }

  /** As `start`, unless a call is due already. */
  startIfIdle(delayMs: number, run: () => void): void {
    if (this.#timer === undefined) this.start(delayMs, run);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
