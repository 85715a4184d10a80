import { Timeout, type Clock } from '#kernel';

/** Size of the slices in which one joiner's input is handled, in bytes: if each is a key, about 3 ms of work. */
export const SLICE_BYTES = 2048;
/** How often a slice may be handled, in ms; between two slices, others get their turn. */
export const SLICE_MS = 1;
/** How long to wait before asking again whether the session takes more, in ms. */
export const FULL_MS = 10;

export interface InputPacerDeps {
  readonly clock: Clock;
  /** Handles a slice; `more`: further bytes of this joiner are waiting. */
  handle(slice: Uint8Array, more: boolean): void;
  /** Whether so little waits for the host that another slice can be sent. */
  takes(): boolean;
  /** So many bytes were handled: the joiner's terminal may send as many again. */
  taken(bytes: number): void;
}

/**
 * Input from one joiner's terminal, in order. A key is handled at once. A paste, or a file as standard input, is handled in
 * slices, and no faster than the session's host accepts. What waits here is bounded, because the transport passes on more only
 * after `taken`: an ssh client has its window, and a page's socket is not read meanwhile.
 */
export class InputPacer {
  #waiting: Uint8Array[] = [];
  #left = SLICE_BYTES;
  #sinceMs = -Infinity;
  readonly #timeout: Timeout;

  constructor(private readonly deps: InputPacerDeps) {
    this.#timeout = new Timeout(deps.clock);
  }

  push(bytes: Uint8Array): void {
    const now = this.deps.clock.monotonic();
    if (now - this.#sinceMs >= SLICE_MS) this.#renew(now);
    let rest = bytes;
    if (this.#waiting.length === 0 && this.deps.takes()) rest = this.#take(bytes, false);
    if (rest.length === 0) return;
    // A copy: the buffer behind the slice may be large, and may be overwritten.
    this.#waiting.push(rest.slice());
    this.#timeout.startIfIdle(SLICE_MS, () => this.#turn());
  }

  /** Forgets what waits. */
  dispose(): void {
    this.#timeout.cancel();
    this.#waiting = [];
  }

  #renew(now: number): void {
    this.#left = SLICE_BYTES;
    this.#sinceMs = now;
  }

  #turn(): void {
    const takes = this.deps.takes();
    if (takes) {
      this.#renew(this.deps.clock.monotonic());
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const rest = this.#take(next, this.#waiting.length > 0);
        if (rest.length > 0) this.#waiting.unshift(rest);
        if (this.#left === 0) break;
      }
    }
    if (this.#waiting.length > 0) this.#timeout.start(takes ? SLICE_MS : FULL_MS, () => this.#turn());
  }

  /** Handles as much as fits into the slice; returns the rest. */
  #take(bytes: Uint8Array, more: boolean): Uint8Array {
    const slice = bytes.subarray(0, this.#left);
    if (slice.length === 0) return bytes;
    this.#left -= slice.length;
    this.deps.handle(slice, more || slice.length < bytes.length);
    this.deps.taken(slice.length);
    return bytes.subarray(slice.length);
  }
}
