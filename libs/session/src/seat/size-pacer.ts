import type { Clock, Timer } from '#kernel';
import type { Size } from '../model/sizes.js';

/** Between two sizes that a terminal is drawn for; as long as a frame. */
export const SIZE_INTERVAL_MS = 33;

/**
 * Takes a terminal's sizes no faster than frames are drawn: each costs a whole one. The first is taken at once; of those that come
 * within the interval after it, only the last, at its end.
 */
export class SizePacer {
  #timer: Timer | undefined;
  #next: { readonly size: Size; readonly follows: boolean } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly take: (size: Size, follows: boolean) => void,
  ) {}

  push(size: Size, follows: boolean): void {
    if (this.#timer !== undefined) {
      this.#next = { size, follows };
      return;
    }
    this.#timer = this.clock.after(SIZE_INTERVAL_MS, () => this.#end());
    this.take(size, follows);
  }

  dispose(): void {
    this.#timer?.cancel();
  }

  #end(): void {
    this.#timer = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.push(next.size, next.follows);
  }
}
