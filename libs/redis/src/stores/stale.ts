import type { Clock } from '#kernel';

/** How long something must have been missing, in ms: longer than any call that is writing it. */
const GONE_MS = 60_000;
const MAX_NOTED = 10_000;

/**
 * Remembers entries of a list whose target does not exist. A list and its targets are in different slots, so an entry may
 * appear a moment before its target; it is removed only if the target was missing twice, a minute apart.
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
