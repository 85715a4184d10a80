import { ShipmateError } from './errors.js';

const encoder = new TextEncoder();

/** Bytes that grow as they are written. */
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

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** An unsigned 32-bit number: seven bits a byte, the lowest first. */
  varint(value: number): void {
    if (value < 0x80) return this.u8(value);
    this.reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A string with its length in bytes before it. */
  text(text: string): void {
    const bytes = encoder.encode(text);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what `ByteWriter` wrote; whatever is not that is a `ShipmateError` of code `protocol`. */
export class ByteReader {
  constructor(
    private readonly bytes: Uint8Array,
    private at = 0,
    private readonly end = bytes.length,
  ) {}

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    if (this.at >= this.end) throw damaged('it is cut short');
    return this.bytes[this.at++] ?? 0;
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
    throw damaged('a number is too long');
  }

  /** A number of at most `limit`. */
  upTo(limit: number, what: string): number {
    const value = this.varint();
    if (value > limit) throw damaged(`${what} is ${value}, over ${limit}`);
    return value;
  }

  /** One of these words, by its place among them. */
  oneOf<T>(words: readonly T[], what: string): T {
    const word = words[this.u8()];
    if (word === undefined) throw damaged(`an unknown ${what}`);
    return word;
  }

  raw(length: number): Uint8Array {
    if (length > this.left) throw damaged('it is cut short');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(limit: number, what: string): string {
    return this.decode(this.raw(this.upTo(limit, what)), what);
  }

  decode(bytes: Uint8Array, what: string): string {
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw damaged(`${what} is not UTF-8`, error);
    }
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }
}

/** The error for bytes that are not what they should be. */
export function damaged(why: string, cause?: unknown): ShipmateError {
  return new ShipmateError('protocol', `damaged data: ${why}`, cause === undefined ? undefined : { cause });
}
