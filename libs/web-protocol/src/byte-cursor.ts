import { ShipmateError } from '#kernel';

// A byte order mark is a character like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** What a message's reader found wrong. No error contains the content. */
export const badMessage = (what: string): ShipmateError => new ShipmateError('protocol', `bad message: ${what}`);

/** Reads the fields of one message in their order, big-endian; every method names its field for the error. */
export class ByteReader {
  #at = 0;

  constructor(private readonly all: Uint8Array) {}

  u8(field: string, most = 0xff): number {
    return this.#uint(field, 1, 0, most);
  }

  u16(field: string, least = 0, most = 0xffff): number {
    return this.#uint(field, 2, least, most);
  }

  u32(field: string, least = 0): number {
    return this.#uint(field, 4, least, 0xffffffff);
  }

  flag(field: string): boolean {
    return this.u8(field, 1) === 1;
  }

  /** `count` bytes: a view, not a copy. */
  bytes(field: string, count: number): Uint8Array {
    if (this.#left < count) throw badMessage(`${field} is cut off`);
    this.#at += count;
    return this.all.subarray(this.#at - count, this.#at);
  }

  /** All bytes that are left, at least `least` and at most `most`: a view, not a copy. */
  rest(field: string, least: number, most: number): Uint8Array {
    if (this.#left < least) throw badMessage(`${field} is missing`);
    if (this.#left > most) throw new ShipmateError('limit', `bad message: ${field} is longer than ${most} bytes`);
    return this.bytes(field, this.#left);
  }

  /** UTF-8 with its length in `lengthBytes` before it. */
  text(field: string, mostBytes: number, lengthBytes: 1 | 2 = 1): string {
    const length = this.#uint(`length of ${field}`, lengthBytes, 0, mostBytes);
    const bytes = this.bytes(field, length);
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw new ShipmateError('protocol', `bad message: ${field} is not UTF-8`, { cause: error });
    }
  }

  /** There must be nothing left. */
  end(): void {
    if (this.#left > 0) throw badMessage('more than was expected');
  }

  get #left(): number {
    return this.all.length - this.#at;
  }

  #uint(field: string, size: number, least: number, most: number): number {
    if (this.#left < size) throw badMessage(`${field} is cut off`);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.all[this.#at++] ?? 0);
    if (value < least || value > most) throw badMessage(`${field} is not in ${least} to ${most}`);
    return value;
  }
}

/** Writes the fields of one message. A value that its field cannot hold is a fault of the caller: RangeError. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u16(value: number): this {
    return this.#uint(value, 2);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  flag(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  text(text: string, lengthBytes: 1 | 2 = 1): this {
    const bytes = encoder.encode(text);
    return this.#uint(bytes.length, lengthBytes).bytes(bytes);
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#at);
  }

  #uint(value: number, size: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size) {
      throw new RangeError(`${value} does not fit into ${size} bytes`);
    }
    this.#room(size);
    for (let i = size - 1; i >= 0; i--) this.#bytes[this.#at++] = Math.floor(value / 256 ** i) & 0xff;
    return this;
  }

  #room(size: number): void {
    const wanted = this.#at + size;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
