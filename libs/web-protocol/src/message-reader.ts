import { ByteReader, ShipmateError } from '#kernel';

/** Reads the fields of one message in their order; every method names its field for the error. No error quotes the content. */
export class MessageReader {
  readonly #bytes: ByteReader;

  constructor(all: Uint8Array) {
    this.#bytes = new ByteReader(all, 0, all.length, 'bad message');
  }

  u8(field: string, most = 0xff): number {
    return this.#within(field, this.#bytes.u8(), 0, most);
  }

  u16(field: string, least = 0, most = 0xffff): number {
    return this.#within(field, this.#bytes.u16(), least, most);
  }

  u32(field: string, least = 0): number {
    return this.#within(field, this.#bytes.u32(), least, 0xffffffff);
  }

  flag(): boolean {
    return this.#bytes.flag();
  }

  oneOf<T>(words: readonly T[], field: string): T {
    return this.#bytes.oneOf(words, field);
  }

  /** `count` bytes: a view, not a copy. */
  bytes(count: number): Uint8Array {
    return this.#bytes.raw(count);
  }

  /** All bytes that are left, at least `least` and at most `most`: a view, not a copy. */
  rest(field: string, least: number, most: number): Uint8Array {
    const { left } = this.#bytes;
    if (left < least) throw this.bad(`${field} is missing`);
    if (left > most) throw new ShipmateError('limit', `bad message: ${field} is longer than ${most} bytes`);
    return this.#bytes.rest();
  }

  /** UTF-8 of `length` bytes. */
  text(field: string, length: number): string {
    return this.#bytes.decode(this.#bytes.raw(length), field);
  }

  /** There must be nothing left. */
  end(): void {
    this.#bytes.finish();
  }

  bad(why: string): ShipmateError {
    return this.#bytes.damaged(why);
  }

  #within(field: string, value: number, least: number, most: number): number {
    if (value < least || value > most) throw this.bad(`${field} is not in ${least} to ${most}`);
    return value;
  }
}
