import { forgetOldest, type Clock } from '#kernel';

/**
 * An address that guessed wrong within this time, in ms, is checked one guess at a time: as long as the limit on wrong tokens
 * remembers.
 */
const REMEMBERED_MS = 3_600_000;
/**
 * Addresses that are remembered; beyond that, the one whose last wrong guess was the longest ago is forgotten. About 100 bytes
 * each.
 */
const MAX_REMEMBERED = 10_000;
/** Attempts from one address that may wait for their turn; one more is refused. */
export const MAX_QUEUED = 256;
/** After this time, in ms, an attempt no longer delays the next one: the directory may be slow. */
export const TURN_MS = 1_000;

interface Address {
  running: number;
  readonly queue: (() => void)[];
}

/**
 * Lets attempts from one address run one after the other, so that a wrong one is counted before the next is checked. An address
 * without recent wrong guesses may have as many at the same time as are free.
 */
export class GuessTurns {
  readonly #addresses = new Map<string, Address>();
  /** When each address was wrong last; the most recent comes last. */
  readonly #wrong = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly atOnce: number,
  ) {}

  /** Runs `attempt` when its turn comes; undefined if too many wait already. */
  async run<T>(address: string, attempt: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
    const at = this.#addresses.get(address) ?? { running: 0, queue: [] };
    this.#addresses.set(address, at);
    if (at.running < this.#width(address)) at.running += 1;
    else if (at.queue.length >= MAX_QUEUED) return undefined;
    else await new Promise<void>((resolve) => at.queue.push(resolve));
    let over = false;
    const done = (): void => {
      if (over) return;
      over = true;
      timer.cancel();
      this.#done(address, at);
    };
    const timer = this.clock.after(TURN_MS, done);
    try {
      return { result: await attempt() };
    } finally {
      done();
    }
  }

  /** Notes that an attempt from that address was wrong, and was counted. */
  failed(address: string): void {
    this.#wrong.delete(address);
    this.#wrong.set(address, this.clock.monotonic());
    forgetOldest(this.#wrong, MAX_REMEMBERED);
  }

  #width(address: string): number {
    const wrongMs = this.#wrong.get(address);
    return wrongMs !== undefined && this.clock.monotonic() - wrongMs < REMEMBERED_MS ? 1 : this.atOnce;
  }

  #done(address: string, at: Address): void {
    at.running -= 1;
    while (at.queue.length > 0 && at.running < this.#width(address)) {
      at.running += 1;
      at.queue.shift()?.();
    }
    if (at.running === 0) this.#addresses.delete(address);
  }
}
