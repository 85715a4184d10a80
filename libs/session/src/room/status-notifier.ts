import { Timeout, type Clock } from '#kernel';
import type { SessionStatus } from '../ports.js';

/** When many people come at the same time, the status is sent once after this time, in ms. */
export const STATUS_DELAY_MS = 250;

/** Up to this many joiners get it that soon; in a larger crowd, it is sent less often, the more people there are. */
const SMALL_CROWD = 64;
/** A crowd of any size gets it within this time, in ms. */
const MAX_CROWD_DELAY_MS = 5_000;

/**
 * How long it may take until `joiners` joiners are told who is here, in ms: if all were told about each join, the cost would be
 * quadratic.
 */
export const crowdDelayMs = (size: number): number =>
  Math.min(MAX_CROWD_DELAY_MS, STATUS_DELAY_MS * Math.max(1, size / SMALL_CROWD));

/** A joiner that may be able to show a status. */
export interface StatusReceiver {
  showStatus(status: SessionStatus): void;
}

/** Sends joiners their session's status soon after it changed, but not for each change. */
export class StatusNotifier {
  readonly #timeout: Timeout;
  #dueMs = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly joiners: () => readonly StatusReceiver[],
    private readonly status: () => SessionStatus,
  ) {
    this.#timeout = new Timeout(clock);
  }

  /** Sends it at once to somebody who has just joined. */
  greet(joiner: StatusReceiver): void {
    joiner.showStatus(this.status());
  }

  /** Something of it changed. */
  changed(): void {
    this.#within(STATUS_DELAY_MS);
  }

  /** Somebody came or went. */
  peopleChanged(): void {
    this.#within(crowdDelayMs(this.joiners().length));
  }

  #within(ms: number): void {
    const dueMs = this.clock.monotonic() + ms;
    if (this.#dueMs <= dueMs) return;
    this.#dueMs = dueMs;
    this.#timeout.start(ms, () => this.now());
  }

  /** Tells everybody at once. */
  now(): void {
    this.dispose();
    const status = this.status();
    for (const joiner of this.joiners()) joiner.showStatus(status);
  }

  dispose(): void {
    this.#timeout.cancel();
    this.#dueMs = Infinity;
  }
}
