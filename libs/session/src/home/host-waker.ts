import { Timeout, type Clock } from '#kernel';

/**
 * A host that sent something within this time, in ms, is busy: it may have read input while it was writing, without noticing.
 */
const BUSY_MS = 50;

/**
 * A host that was quiet shows a sign of life this long after input, or is woken: a program that echoes nothing, or the
 * rare key that was taken in unseen.
 */
export const NUDGE_MS = 30;

/** A busy host is woken with its input and again after these many milliseconds, each counted from the one before. */
export const AGAIN_MS = [10, 20, 40, 80, 160] as const;

/**
 * A busy host gets at most a share of what it sends itself: waking it must not fill a slow connection. An eighth, saved up to a
 * few times, is plenty in a flood, and next to nothing while somebody types at a prompt.
 */
const SHARE = 1 / 8;
const SAVED_TIMES = 8;

/**
 * A few bytes are enough for a host that waits. A host that writes reads up to 4 KiB each time it has to wait for its socket,
 * once or twice before it handles packets: anything longer is still arriving when it does.
 */
export const GENTLE_BYTES = 8;
export const HARD_BYTES = 8192;

/**
 * Sees to it that a host reads its input. The stock client (2.4.0) may take a packet in while it writes one, and then
 * sleeps on it until the next one comes: in a flood nearly every key, at rest one in a thousand.
 */
export class HostWaker {
  #heardAt = Number.NEGATIVE_INFINITY;
  /** It has sent something since it was last sent something. */
  #spoke = false;
  readonly #timeout: Timeout;
  /** How many bytes the host may still be sent, for what it has sent. */
  #saved = 0;

  /** @param wake sends the host that many bytes without meaning */
  constructor(
    private readonly clock: Clock,
    private readonly wake: (bytes: number) => void,
  ) {
    this.#timeout = new Timeout(clock);
  }

  /** The host sent `bytes` bytes. */
  heard(bytes: number): void {
    this.#heardAt = this.clock.monotonic();
    this.#spoke = true;
    this.#saved = Math.min(HARD_BYTES * SAVED_TIMES, this.#saved + bytes * SHARE);
  }

  /** The host was sent input. */
  sent(): void {
    if (this.clock.monotonic() - this.#heardAt < BUSY_MS) this.#again(0);
    else this.#await(NUDGE_MS);
  }

  dispose(): void {
    this.#timeout.cancel();
  }

  #again(turn: number): void {
    if (this.#saved >= HARD_BYTES) {
      this.#saved -= HARD_BYTES;
      this.wake(HARD_BYTES);
    }
    const delay = AGAIN_MS[turn];
    // A busy host may fall silent with unread input.
    if (delay === undefined) this.#await(NUDGE_MS);
    else this.#await(delay, () => this.#again(turn + 1));
  }

  /** A host that stays silent for this long is woken gently; otherwise `spoken` is called. */
  #await(ms: number, spoken?: () => void): void {
    this.#spoke = false;
    this.#timeout.start(ms, () => {
      if (!this.#spoke) this.wake(GENTLE_BYTES);
      else spoken?.();
    });
  }
}
