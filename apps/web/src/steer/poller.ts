import type { Clock, Timer } from '#kernel';

/** How long at most is waited after failures, in ms. */
export const MOST_WAIT_MS = 30_000;

export interface PollerOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Loads what is shown. */
  readonly load: () => Promise<void>;
  /** It failed. Returns whether it is worth trying again. */
  readonly failed: (error: unknown) => boolean;
}

/**
 * Loads something again and again, one load at a time: `everyMs` after the one before, later after failures, and not at all while nobody
 * looks at the page.
 */
export class Poller {
  #timer: Timer | undefined;
  #isLoading = false;
  #isWanted = false;
  #isHidden = false;
  #isStopped = true;
  #waitMs = 0;

  constructor(private readonly options: PollerOptions) {}

  start(): void {
    this.#isStopped = false;
    this.now();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Nobody looks, or somebody does again: then what is shown is loaded at once. */
  hide(hidden: boolean): void {
    this.#isHidden = hidden;
    if (hidden) this.#cancel();
    else this.now();
  }

  /** Loads at once; after the load that is under way, which may be older than what is asked for. */
  now(): void {
    if (this.#isStopped || this.#isHidden) return;
    this.#isWanted = true;
    if (this.#isLoading) return;
    this.#cancel();
    void this.#load();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    this.#isWanted = false;
    const { load, failed, everyMs } = this.options;
    try {
      await load();
      this.#waitMs = everyMs;
    } catch (error) {
      if (!failed(error)) this.stop();
      this.#waitMs = Math.min(MOST_WAIT_MS, Math.max(everyMs, this.#waitMs * 2));
    }
    this.#isLoading = false;
    if (this.#isWanted) this.now();
    else if (!this.#isStopped && !this.#isHidden) {
      this.#timer = this.options.clock.after(this.#waitMs, () => this.now());
    }
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
