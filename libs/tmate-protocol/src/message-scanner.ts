import { ShipmateError } from '#kernel';
import { Limit } from './wire-limits.js';
import { Kind, LEAD_EXTRA, LEAD_KIND, leadValue, NUMBER_BYTES } from './msgpack-format.js';

/** What a scanner must know of a direction: its messages' names, for errors, and how long each may be. */
export interface MessageRules {
  /** The sender: `host` or `server`. */
  readonly peer: string;
  /** By number. */
  readonly names: readonly string[];
  /** The most bytes of a message of this number; of any message for -1. */
  maxBytes(type: number): number;
}

/**
 * Finds where a message ends without decoding it: a state machine over the bytes, so that a message in many chunks is
 * looked at once, whatever the chunks. It refuses what cannot become a good message as early as it can tell: by a
 * lead byte, by the type's number, by a declared length that would be over the limit.
 */
export class MessageScanner {
  /** The message's number; -1 until it is known. */
  type = -1;
  /** Bytes of the message seen so far. */
  size = 0;
  /** The most bytes that the message may have. */
  limit: number;
  /** Values looked at since the scanner was made: the work done, for tests. */
  values = 0;

  readonly #rules: MessageRules;
  /** By depth, how many values are still to come in the array that is open there. */
  readonly #open = new Uint32Array(Limit.depth);
  #depth = 0;
  /** Bytes to step over: the rest of a payload. */
  #skip = 0;
  /** The kind of the value whose extra bytes are being read, and how many of them are missing. */
  #kind: number = Kind.other;
  #missing = 0;
  #number = 0;

  constructor(rules: MessageRules) {
    this.#rules = rules;
    this.limit = rules.maxBytes(-1);
  }

  /** Gets ready for the next message. */
  reset(): void {
    this.type = -1;
    this.size = 0;
    this.#depth = 0;
    this.limit = this.#rules.maxBytes(-1);
  }

  /**
   * Continues at `start`, where the last call stopped or a message begins. Returns the offset after the message's end, or -1 if
   * the message continues after `end`. @throws ShipmateError `protocol` or `limit`; the scanner cannot be used after that.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let over = false;
    while (!over && at < end) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, end - at);
        this.#skip -= step;
        at += step;
        over = this.#skip === 0 && this.#close();
      } else if (this.#missing > 0) {
        this.#number = this.#number * 256 + (bytes[at++] ?? 0);
        over = --this.#missing === 0 && this.#value(this.size + at - start);
      } else {
        if (this.type >= 0) at = this.#stepOverNumbers(bytes, at, end);
        if (at === end) break;
        const lead = bytes[at++] ?? 0;
        this.#kind = LEAD_KIND[lead] ?? Kind.refused;
        this.#missing = LEAD_EXTRA[lead] ?? 0;
        if (this.size + at - start === 1 && this.#kind !== Kind.array) throw this.#error('not an array');
        if (this.#missing === 0) {
          this.#number = leadValue(lead);
          over = this.#value(this.size + at - start);
        } else {
          this.#number = 0;
        }
      }
    }
    this.size += at - start;
    if (this.size > this.limit) throw this.#tooLong();
    return over ? at : -1;
  }

  /**
   * Steps over whole integers, all but the last of the innermost array: a SNAPSHOT consists of little else, and this is
   * several times as fast as the general way.
   */
  #stepOverNumbers(bytes: Uint8Array, start: number, end: number): number {
    const left = this.#open[this.#depth - 1] ?? 0;
    let at = start;
    let count = 1;
    for (; count < left && at < end; count++) {
      const size = NUMBER_BYTES[bytes[at] ?? 0] ?? 0;
      if (size === 0 || at + size > end) break;
      at += size;
    }
    this.values += count - 1;
    this.#open[this.#depth - 1] = left - count + 1;
    return at;
  }

  /** Takes in a value whose head is complete and ends at `size`. Returns whether the message is complete. */
  #value(size: number): boolean {
    this.values++;
    if (this.#kind === Kind.refused) throw this.#error('a byte that the protocol does not use');
    if (this.type < 0 && this.#depth === 1) this.#settleType(size);
    if (this.#kind === Kind.bytes) {
      if (size + this.#number > this.limit) throw this.#tooLong();
      this.#skip = this.#number;
      return this.#skip === 0 && this.#close();
    }
    if (this.#kind !== Kind.array) return this.#close();
    if (size + this.#number > this.limit) throw this.#tooLong();
    if (this.#number === 0) {
      if (this.#depth === 0) throw this.#error('an empty array');
      return this.#close();
    }
    if (this.#depth === Limit.depth) throw this.#error(`arrays nested deeper than ${Limit.depth}`, 'limit');
    this.#open[this.#depth++] = this.#number;
    return false;
  }

  /** Counts a complete value, and every array that it completes. Returns whether the message is one of them. */
  #close(): boolean {
    while (this.#depth > 0) {
      const left = (this.#open[this.#depth - 1] ?? 0) - 1;
      this.#open[this.#depth - 1] = left;
      if (left > 0) return false;
      this.#depth--;
    }
    return true;
  }

  /** The first value of a message is its number. */
  #settleType(size: number): void {
    if (this.#kind !== Kind.int) throw this.#error('its type is not a number');
    if (this.#rules.names[this.#number] === undefined) throw this.#error('its type is unknown');
    this.type = this.#number;
    this.limit = this.#rules.maxBytes(this.type);
    if (size + (this.#open[0] ?? 0) - 1 > this.limit) throw this.#tooLong();
  }

  #tooLong(): ShipmateError {
    return this.#error(`longer than ${this.limit} bytes`, 'limit');
  }

  #error(what: string, code: 'protocol' | 'limit' = 'protocol'): ShipmateError {
    const name = this.#rules.names[this.type];
    return new ShipmateError(code, `bad message from the ${this.#rules.peer}: ${name ?? 'message'}: ${what}`);
  }
}
