import { ShipmateError } from '#kernel';

/** The message is no relay envelope, or is damaged. */
export const badEnvelope = (why: string): ShipmateError =>
  new ShipmateError('protocol', `a relay message is malformed: ${why}`);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads big-endian fields and checks every bound; throws `protocol`. */
export class ByteCursor {
  readonly #view: DataView;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A 64-bit count, which stays below 2^53 here. */
  u64(): number {
    const value = this.u32() * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw badEnvelope('a number is too large');
    return value;
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A text with one byte of length before it; never empty. */
  text(): string {
    const bytes = this.take(this.u8());
    try {
      if (bytes.length > 0) return decoder.decode(bytes);
    } catch (error) {
      throw new ShipmateError('protocol', 'a relay message is malformed: a text is not UTF-8', { cause: error });
    }
    throw badEnvelope('a text is empty');
  }

  /** Refuses what is left over. */
  end(): void {
    if (this.left !== 0) throw badEnvelope('it is too long');
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.left) throw badEnvelope('it is cut short');
    this.#at += length;
    return start;
  }
}

/** Writes what `ByteCursor` reads; grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(size = 64) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u64(value: number): this {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  text(value: string): this {
    const encoded = new TextEncoder().encode(value);
    if (encoded.length === 0 || encoded.length > 255) throw new ShipmateError('limit', 'an id has 1 to 255 bytes');
    return this.u8(encoded.length).bytes(encoded);
  }

  /** What was written. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return start;
  }
}
