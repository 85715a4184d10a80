import { Timeout, type Clock } from '#kernel';

/** A frame is never later than this: 30 a second, below what an eye calls a stall. */
export const FRAME_INTERVAL_MS = 33;

/**
 * How many frames one interval may send at once. A keystroke's echo is one to three reads of a pty (echo, redrawn
 * line, prompt), so typing never waits, two fast keys an interval included; a flood uses them up in its first interval
 * and is then drawn 30 times a second.
 */
export const QUICK_FRAMES = 6;

/**
 * Decides when changes become frames: at once while the line is quiet, at the end of the interval in a flood.
 *
 * Time runs in intervals of `FRAME_INTERVAL_MS` that begin with a change. The first `QUICK_FRAMES` changes of an interval
 * are flushed at once, later ones together at its end; an interval that used up its quick frames is followed by one
 * that has none.
 */
export class FlushScheduler {
  readonly #interval: Timeout;
  #quick = QUICK_FRAMES;
  #waiting = false;

  constructor(
    clock: Clock,
    private readonly flush: () => void,
  ) {
    this.#interval = new Timeout(clock);
  }

  /** Something visible changed: flushes now or soon. */
  changed(): void {
    if (!this.#interval.running) this.#begin(QUICK_FRAMES);
    if (this.#quick > 0) {
      this.#quick -= 1;
      this.flush();
    } else {
      this.#waiting = true;
    }
  }

  dispose(): void {
    this.#interval.cancel();
    this.#quick = 0;
    this.#waiting = false;
  }

  #begin(quick: number): void {
    this.#quick = quick;
    this.#interval.start(FRAME_INTERVAL_MS, () => this.#end());
  }

  #end(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#begin(0);
    this.flush();
  }
}
