import type { Clock, Timer } from '#kernel';

/** How often a connected host gets new reconnection data, in ms: far more often than it expires. */
export const RENEW_DATA_MS = 3_600_000;

/** Gives a connected host new reconnection data from time to time, for what it holds expires. */
export class DataRenewal {
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly renew: () => void,
  ) {}

  /** A host has its data: it gets new data an hour from now, and every hour until `stop`. */
  start(): void {
    this.stop();
    this.#timer = this.clock.after(RENEW_DATA_MS, () => {
      this.start();
      this.renew();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
