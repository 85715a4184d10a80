import { Timeout, type Clock } from '#kernel';

/** Counts down, second by second, how much longer the session waits for a lost host. */
export class HostWait {
  readonly #timeout: Timeout;
  #untilMs = 0;

  constructor(
    private readonly clock: Clock,
    /** Called at the start and each second. */
    private readonly onTick: () => void,
    /** Called once, when the time is over. */
    private readonly onOver: () => void,
  ) {
    this.#timeout = new Timeout(clock);
  }

  /** How much longer, in ms; undefined if it is not waiting. */
  get leftMs(): number | undefined {
    return this.#timeout.running ? Math.max(0, this.#untilMs - this.clock.monotonic()) : undefined;
  }

  /** Starts again: waits that long from now. */
  start(forMs: number): void {
    this.#untilMs = this.clock.monotonic() + forMs;
    this.#next();
    this.onTick();
  }

  stop(): void {
    this.#timeout.cancel();
  }

  #next(): void {
    const leftMs = this.#untilMs - this.clock.monotonic();
    this.#timeout.start(Math.max(0, Math.min(1000, leftMs)), () => {
      if (this.#untilMs - this.clock.monotonic() <= 0) {
        this.onOver();
        return;
      }
      this.#next();
      this.onTick();
    });
  }
}
