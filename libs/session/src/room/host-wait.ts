import type { Clock, Timer } from '#kernel';

/** Counts down, second by second, for how long a lost host is still waited for. */
export class HostWait {
  #timer: Timer | undefined;
  #untilMs = 0;

  constructor(
    private readonly clock: Clock,
    /** Called at the start and each second. */
    private readonly onTick: () => void,
    /** Called once, when the time is over. */
    private readonly onOver: () => void,
  ) {}

  /** How much longer, in ms; undefined while nobody is waited for. */
  get leftMs(): number | undefined {
    return this.#timer === undefined ? undefined : Math.max(0, this.#untilMs - this.clock.monotonic());
  }

  /** Begins anew: waits so long from now. */
  start(forMs: number): void {
    this.#timer?.cancel();
    this.#untilMs = this.clock.monotonic() + forMs;
    this.#next();
    this.onTick();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #next(): void {
    const leftMs = this.#untilMs - this.clock.monotonic();
    this.#timer = this.clock.after(Math.max(0, Math.min(1000, leftMs)), () => {
      if (this.#untilMs - this.clock.monotonic() <= 0) {
        this.#timer = undefined;
        this.onOver();
        return;
      }
      this.#next();
      this.onTick();
    });
  }
}
