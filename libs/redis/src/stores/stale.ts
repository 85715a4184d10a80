import type { Clock } from '#kernel';

/** How long something must have been gone: longer than any call that is just writing it. */
const GONE_MS = 60_000;
const MAX_NOTED = 10_000;

/**
 * Remembers what a list names and what is not there. A list and what it lists lie in different slots, so that a name may
 * stand in the list a moment before its thing is there; it is taken off only when it was missing twice, a minute apart.
 */
export class Stale {
  readonly #since = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Notes that the thing is missing; whether it has been for long enough. */
  missing(name: string): boolean {
    const nowMs = this.clock.monotonic();
    const since = this.#since.get(name);
    if (since !== undefined && nowMs - since >= GONE_MS) {
      this.#since.delete(name);
      return true;
    }
    if (since === undefined && this.#since.size < MAX_NOTED) this.#since.set(name, nowMs);
    return false;
  }

  /** It is there after all. */
  there(name: string): void {
    this.#since.delete(name);
  }
}
