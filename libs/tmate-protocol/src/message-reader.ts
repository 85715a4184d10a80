import { ShipmateError } from '#kernel';
import { Kind, LEAD_EXTRA, LEAD_KIND, Lead, leadValue } from './msgpack-format.js';

// Bytes that are not UTF-8 become U+FFFD; a byte order mark is a character like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The range of a C `int`: what the stock client sends as one. */
export const INT_MIN = -0x80000000;
export const INT_MAX = 0x7fffffff;
export const UINT32_MAX = 0xffffffff;

/**
 * Reads the values of one whole message in their order. Every method takes the field's name, for errors, and checks what it
 * reads; no error contains the content.
 */
export class MessageReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #subject = '';

  constructor(readonly peer: string) {}

  /** Begins with the message at `start`; `subject` is its name. */
  open(bytes: Uint8Array, start: number, end: number, subject: string): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#subject = subject;
  }

  /** Lets go of the message's bytes. */
  close(): void {
    this.#bytes = new Uint8Array(0);
    this.#end = this.#at = 0;
  }

  /** An integer within a range that a number holds exactly. */
  int(field: string, min: number, max: number): number {
    const lead = this.#lead();
    if (LEAD_KIND[lead] !== Kind.int) throw this.error(field, 'not a number');
    const value = this.#number(lead);
    if (value < min || value > max) throw this.error(field, `not in ${min} to ${max}`);
    return value;
  }

  /** As many unsigned 32-bit integers as `into` holds. */
  words(field: string, into: Uint32Array): void {
    const bytes = this.#bytes;
    const { length } = into;
    let at = this.#at;
    for (let i = 0; i < length; i++) {
      const lead = bytes[at] ?? Lead.nil;
      // The three forms that cells come in, and the general way for all others.
      if (lead < 0x80) {
        into[i] = lead;
        at += 1;
      } else if (lead === Lead.uint16) {
        into[i] = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
        at += 3;
      } else if (lead === Lead.uint32) {
        const high = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
        into[i] = (high << 16) | ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
        at += 5;
      } else {
        this.#at = at;
        into[i] = this.int(field, 0, UINT32_MAX);
        at = this.#at;
      }
    }
    this.#at = at;
  }

  /** The count of an array's values, which follow; `least` of them must be there. */
  array(field: string, least: number, most = Infinity): number {
    const lead = this.#lead();
    if (LEAD_KIND[lead] !== Kind.array) throw this.error(field, 'not an array');
    const count = this.#number(lead);
    if (count < least) throw this.error(field, `fewer than ${least} values`);
    if (count > most) throw this.error(field, `more than ${most} values`, 'limit');
    return count;
  }

  /** Whether nil comes next; it is then read. */
  nil(): boolean {
    if (this.#bytes[this.#at] !== Lead.nil) return false;
    this.#at++;
    return true;
  }

  /** Raw bytes, sent as `str` or `bin`: a view of the message. */
  bytes(field: string): Uint8Array {
    const length = this.#length(field);
    // Not `subarray`, which makes a Buffer out of a Buffer, at twice the price.
    const view = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length);
    this.#at += length;
    return view;
  }

  /** Text that means something: over `most` bytes it is an error. */
  text(field: string, most: number): string {
    const length = this.#length(field);
    if (length > most) throw this.error(field, `longer than ${most} bytes`, 'limit');
    return this.#decode(length, length);
  }

  /** Text that is only shown: after `most` bytes it is cut, between two characters. */
  label(field: string, most: number): string {
    const length = this.#length(field);
    if (length <= most) return this.#decode(length, length);
    let cut = most;
    while (cut > most - 4 && ((this.#bytes[this.#at + cut] ?? 0) & 0xc0) === 0x80) cut--;
    return this.#decode(length, cut);
  }

  /** Steps over `count` values, whatever they are. */
  skip(count: number): void {
    for (let left = count; left > 0; left--) {
      const lead = this.#lead();
      const kind = LEAD_KIND[lead];
      if (kind === Kind.array) {
        left += this.#number(lead);
      } else if (kind === Kind.bytes) {
        const length = this.#number(lead);
        this.#at += length;
      } else {
        this.#at += LEAD_EXTRA[lead] ?? 0;
      }
    }
  }

  error(field: string, what: string, code: 'protocol' | 'limit' = 'protocol'): ShipmateError {
    return new ShipmateError(code, `bad message from the ${this.peer}: ${this.#subject}: ${field}: ${what}`);
  }

  #lead(): number {
    // Past the end there is nil, which no field takes.
    return this.#at < this.#end ? (this.#bytes[this.#at++] ?? Lead.nil) : Lead.nil;
  }

  #length(field: string): number {
    const lead = this.#lead();
    if (LEAD_KIND[lead] !== Kind.bytes) throw this.error(field, 'not a string');
    const length = this.#number(lead);
    // The scanner saw the whole message; this holds even if a reader and it should ever disagree.
    if (length > this.#end - this.#at) throw this.error(field, 'over the end of the message');
    return length;
  }

  #decode(length: number, used: number): string {
    const start = this.#at;
    this.#at += length;
    return used === 0 ? '' : decoder.decode(this.#bytes.subarray(start, start + used));
  }

  /** The integer, length or count of the lead byte just read; rounded beyond 2^53, which every range excludes. */
  #number(lead: number): number {
    const extra = LEAD_EXTRA[lead] ?? 0;
    if (extra === 0) return leadValue(lead);
    const negative = lead >= Lead.int8 && lead <= Lead.int64 && (this.#bytes[this.#at] ?? 0) >= 0x80;
    let value = negative ? -1 : 0;
    for (let i = 0; i < extra; i++) value = value * 256 + (this.#bytes[this.#at++] ?? 0);
    return value;
  }
}
