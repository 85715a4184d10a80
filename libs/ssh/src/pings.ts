import type { Clock } from '#kernel';

/** Most requests without an answer; more than a home, probes and keepalives have at the same time. Beyond that, none is sent. */
const MAX_PINGS = 64;

/** Requests that a client must answer. It answers them in the order in which they were sent, so each answer has its request. */
export class Pings {
  readonly #waiting: ((answered: boolean) => void)[] = [];
  #isOver = false;

  /** @param send sends one request */
  constructor(
    private readonly clock: Clock,
    private readonly send: () => void,
  ) {}

  /** Asks; `answered` is called once: with false where the connection ends, or too many wait. */
  ask(answered: (answered: boolean) => void): void {
    if (this.#isOver || this.#waiting.length >= MAX_PINGS) return answered(false);
    this.#waiting.push(answered);
    this.send();
  }

  /** Asks, and waits for so long; resolves with whether it was answered. */
  async probe(withinMs: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = this.clock.after(withinMs, () => resolve(false));
      this.ask((answered) => {
        timer.cancel();
        resolve(answered);
      });
    });
  }

  /** An answer has come. What nobody asked for is not heard. */
  answered(): void {
    this.#waiting.shift()?.(true);
  }

  /** The connection is over. */
  end(): void {
    this.#isOver = true;
    for (const answered of this.#waiting.splice(0)) answered(false);
  }
}
