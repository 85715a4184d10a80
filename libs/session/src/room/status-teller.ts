import type { Clock, Timer } from '#kernel';
import type { SessionStatus } from '../ports.js';

/** Many who come at once are told of once: who is here is read by people. */
export const STATUS_DELAY_MS = 250;

/** A joiner that may be able to show a status. */
export interface Told {
  tell(status: SessionStatus): void;
}

/** Tells joiners how their session is, soon after it changed and not for each change. */
export class StatusTeller {
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly joiners: () => Iterable<Told>,
    private readonly status: () => SessionStatus,
  ) {}

  /** Tells somebody who has just come, at once. */
  greet(joiner: Told): void {
    joiner.tell(this.status());
  }

  /** Something of it changed. */
  changed(): void {
    this.#timer ??= this.clock.after(STATUS_DELAY_MS, () => this.now());
  }

  /** Tells everybody at once. */
  now(): void {
    this.dispose();
    const status = this.status();
    for (const joiner of this.joiners()) joiner.tell(status);
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
