import { Timeout, type Clock } from '#kernel';
import type { Size } from '../model/sizes.js';

/** Between two sizes that a terminal is drawn for; as long as a frame. */
export const SIZE_INTERVAL_MS = 33;

/**
 * Takes a terminal's sizes no faster than frames are drawn: each costs a whole one. The first is taken at once; of those that come
 * within the interval after it, only the last, at its end.
 */
export class SizePacer {
  readonly #interval: Timeout;
  #next: { readonly size: Size; readonly follows: boolean } | undefined;
  #disposed = false;

  constructor(
    clock: Clock,
    private readonly take: (size: Size, follows: boolean) => void,
  ) {
    this.#interval = new Timeout(clock);
  }

  /** The terminal has this size now. After `dispose`, nothing is taken. */
  push(size: Size, follows: boolean): void {
    if (this.#disposed) return;
    if (this.#interval.running) {
      this.#next = { size, follows };
      return;
    }
    this.#interval.start(SIZE_INTERVAL_MS, () => this.#end());
    this.take(size, follows);
  }

  dispose(): void {
    this.#disposed = true;
    this.#interval.cancel();
  }

  #end(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.push(next.size, next.follows);
  }
}
