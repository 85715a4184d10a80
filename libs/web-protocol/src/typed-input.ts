import type { InputMessage } from './client-messages.js';
import { MAX_INPUT_BYTES, MAX_UNACKNOWLEDGED_INPUT_BYTES } from './message-limits.js';

/**
 * A page's memory of what was typed, over all its connections: numbers it, keeps it until the server has taken it, and says
 * what to send after a reconnection. What was typed while there was no connection waits here.
 */
export class TypedInput {
  #waiting: InputMessage[] = [];
  #waitingBytes = 0;
  #next = 1;
  #sent = 0;

  /** The number of the last input that was ever handed out to be sent: `sent` of the next hello. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes that the server has not taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Accepts input, all or nothing, in pieces of at most `MAX_INPUT_BYTES`. False if more than `MAX_UNACKNOWLEDGED_INPUT_BYTES`
   * would wait: then none of it is accepted, and the person should be told.
   */
  type(bytes: Uint8Array): boolean {
    if (this.#waitingBytes + bytes.length > MAX_UNACKNOWLEDGED_INPUT_BYTES) return false;
    for (let at = 0; at < bytes.length; at += MAX_INPUT_BYTES) {
      this.#waiting.push({ type: 'input', number: this.#next++, bytes: bytes.slice(at, at + MAX_INPUT_BYTES) });
    }
    this.#waitingBytes += bytes.length;
    return true;
  }

  /** What to send now, in order. Only after the server has welcomed this connection. */
  take(): readonly InputMessage[] {
    const fresh = this.#waiting.filter(({ number }) => number > this.#sent);
    this.#sent = fresh.at(-1)?.number ?? this.#sent;
    return fresh;
  }

  /** The server has taken inputs up to `number`. */
  taken(number: number): void {
    const index = this.#waiting.findIndex((input) => input.number > number);
    const gone = this.#waiting.splice(0, index < 0 ? this.#waiting.length : index);
    for (const { bytes } of gone) this.#waitingBytes -= bytes.length;
  }

  /** A new connection was welcomed, with `taken` of the welcome: `take` gives all that must be sent (again) on it. */
  welcomed(taken: number): void {
    this.taken(taken);
    this.#sent = Math.min(this.#sent, taken);
  }
}
