import { ShipmateError } from './errors.js';

const encoder = new TextEncoder();
const DAMAGED = 'damaged data';

/** A buffer that grows as bytes are written to it. Numbers of a fixed width are big-endian. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  u8(value: number): this {
    this.reserve(1);
    this.bytes[this.length++] = value;
    return this;
  }

  flag(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  /** One of these words, by its place among them. */
  oneOf<T>(words: readonly T[], word: T): this {
    return this.u8(words.indexOf(word));
  }

  u16(value: number): this {
    return this.#fixed(value, 2);
  }

  u32(value: number): this {
    return this.#fixed(value, 4);
  }

  /** A count below 2^53. */
  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value);
  }

  /** An unsigned 32-bit number: seven bits a byte, the lowest first. */
  varint(value: number): this {
    if (value < 0x80) return this.u8(value);
    this.reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** A string with its length in bytes before it. */
  text(text: string): this {
    const bytes = encoder.encode(text);
    return this.varint(bytes.length).raw(bytes);
  }

  /** The same with one byte for the length. Throws `limit` for an empty string, and for one of more than 255 bytes. */
  shortText(text: string): this {
    const bytes = encoder.encode(text);
    if (bytes.length === 0 || bytes.length > 255) throw new ShipmateError('limit', 'an id has 1 to 255 bytes');
    return this.u8(bytes.length).raw(bytes);
  }

  #fixed(value: number, bytes: 2 | 4): this {
    this.reserve(bytes);
    for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) this.bytes[this.length++] = value >>> shift;
    return this;
  }

  /** What was written, without a copy: what is written next may change it. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what `ByteWriter` wrote; throws a `ShipmateError` with code `protocol` for anything else. */
export class ByteReader {
  constructor(
    private readonly bytes: Uint8Array,
    private at = 0,
    private readonly end = bytes.length,
    /** What errors say of the bytes. */
    private readonly fault = DAMAGED,
  ) {}

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    if (this.at >= this.end) throw this.damaged('it is cut short');
    return this.bytes[this.at++] ?? 0;
  }

  flag(): boolean {
    const value = this.u8();
    if (value > 1) throw this.damaged('a flag is neither 0 nor 1');
    return value === 1;
  }

  u16(): number {
    return this.#fixed(2);
  }

  u32(): number {
    return this.#fixed(4);
  }

  /** A count below 2^53. */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw this.damaged('a number is too large');
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw this.damaged('a number is too long');
  }

  /** A number of at most `limit`. */
  upTo(limit: number, what: string): number {
    const value = this.varint();
    if (value > limit) throw this.damaged(`${what} is ${value}, over ${limit}`);
    return value;
  }

  /** One of these words, by its place among them. */
  oneOf<T>(words: readonly T[], what: string): T {
    const word = words[this.u8()];
    if (word === undefined) throw this.damaged(`an unknown ${what}`);
    return word;
  }

  raw(length: number): Uint8Array {
    if (length > this.left) throw this.damaged('it is cut short');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  #fixed(bytes: 2 | 4): number {
    if (bytes > this.left) throw this.damaged('it is cut short');
    let value = 0;
    for (const end = this.at + bytes; this.at < end; this.at++) value = value * 256 + (this.bytes[this.at] ?? 0);
    return value;
  }

  /** A text with one byte of length before it, as `shortText` writes it. */
  shortText(): string {
    const length = this.u8();
    if (length === 0) throw this.damaged('a text is empty');
    return this.decode(this.raw(length), 'a text');
  }

  text(limit: number, what: string): string {
    return this.decode(this.raw(this.upTo(limit, what)), what);
  }

  decode(bytes: Uint8Array, what: string): string {
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw this.damaged(`${what} is not UTF-8`, error);
    }
  }

  rest(): Uint8Array {
    return this.raw(this.left);
  }

  /** There must be nothing left. */
  finish(): void {
    if (this.left > 0) throw this.damaged('it is too long');
  }

  /** The error for bytes that are not what they should be. */
  damaged(why: string, cause?: unknown): ShipmateError {
    return new ShipmateError('protocol', `${this.fault}: ${why}`, cause === undefined ? undefined : { cause });
  }
}

/** The error for bytes that are not what they should be. */
export function damaged(why: string, cause?: unknown): ShipmateError {
  return new ShipmateError('protocol', `${DAMAGED}: ${why}`, cause === undefined ? undefined : { cause });
}
