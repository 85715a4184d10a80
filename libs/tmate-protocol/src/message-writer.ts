import { Lead } from './msgpack-format.js';

const encoder = new TextEncoder();

/**
 * Writes one message. Numbers, counts and lengths take the least bytes they can, as the stock client writes them.
 *
 * Fields are checked against the integers that MessagePack has, not against the protocol's limits: to send what is
 * within those is the caller's business.
 */
export class MessageWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #shortStrings: boolean;

  /**
   * @param shortStrings Whether `str8` may be used, which MessagePack had not yet when the clients of protocols below 5
   * were made; without it all of them read what is written.
   */
  constructor(shortStrings: boolean) {
    this.#shortStrings = shortStrings;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** @throws RangeError for anything that is not a safe integer. */
  int(value: number): this {
    if (!Number.isSafeInteger(value)) throw new RangeError('not a safe integer');
    this.#reserve(9);
    if (value >= -32 && value < 0x80) this.#byte(value & 0xff);
    else if (value >= 0) this.#unsigned(value);
    else this.#negative(value);
    return this;
  }

  /** An integer as `uint64`, whatever its size: tmate's form of a key code. */
  uint64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a safe unsigned integer');
    this.#reserve(9);
    this.#byte(Lead.uint64);
    this.#word(Math.floor(value / 2 ** 32));
    this.#word(value % 2 ** 32);
    return this;
  }

  nil(): this {
    this.#reserve(1);
    this.#byte(Lead.nil);
    return this;
  }

  /** Begins an array of `count` values. */
  array(count: number): this {
    this.#reserve(5);
    if (count < 16) this.#byte(Lead.fixarray | count);
    else if (count < 0x10000) this.#byte(Lead.array16).#half(count);
    else this.#byte(Lead.array32).#word(count);
    return this;
  }

  /** Text, as UTF-8; half a surrogate pair becomes U+FFFD. */
  text(value: string): this {
    return this.bytes(encoder.encode(value));
  }

  /** Bytes, as `str`: the stock client writes PTY data so, too. */
  bytes(value: Uint8Array): this {
    const { length } = value;
    this.#reserve(5 + length);
    if (length < 32) this.#byte(Lead.fixstr | length);
    else if (length < 0x100 && this.#shortStrings) this.#byte(Lead.str8).#byte(length);
    else if (length < 0x10000) this.#byte(Lead.str16).#half(length);
    else this.#byte(Lead.str32).#word(length);
    this.#bytes.set(value, this.#length);
    this.#length += length;
    return this;
  }

  #unsigned(value: number): void {
    if (value < 0x100) this.#byte(Lead.uint8).#byte(value);
    else if (value < 0x10000) this.#byte(Lead.uint16).#half(value);
    else if (value < 2 ** 32) this.#byte(Lead.uint32).#word(value);
    else this.uint64(value);
  }

  #negative(value: number): void {
    if (value >= -0x80) this.#byte(Lead.int8).#byte(value & 0xff);
    else if (value >= -0x8000) this.#byte(Lead.int16).#half(value & 0xffff);
    else if (value >= -0x80000000) this.#byte(Lead.int32).#word(value);
    else
      this.#byte(Lead.int64)
        .#word(Math.floor(value / 2 ** 32))
        .#word(value % 2 ** 32);
  }

  #byte(value: number): this {
    this.#bytes[this.#length++] = value;
    return this;
  }

  #half(value: number): this {
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
    return this;
  }

  #word(value: number): this {
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
