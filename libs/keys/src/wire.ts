/** SSH's data types (RFC 4251 5) as far as keys need them. */

/** A uint32 length and the bytes. */
export function sshString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const out = Buffer.allocUnsafe(4 + bytes.length);
  out.writeUInt32BE(bytes.length);
  out.set(bytes, 4);
  return out;
}

/** A non-negative integer, big-endian, with a zero byte in front where its first bit is set. */
export function sshMpint(value: Uint8Array): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? new Uint8Array() : value.subarray(first);
  const signed = digits[0] !== undefined && digits[0] >= 0x80;
  return sshString(signed ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

/** A number as SSH writes it: four bytes, most significant first (RFC 4251, section 5). */
export function sshUint32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(value);
  return out;
}

/** Reads a blob from the front. Reading past its end throws a RangeError. */
export class WireReader {
  #position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#position;
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new RangeError('blob is too short');
    return this.#bytes.subarray(this.#position, (this.#position += length));
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  string(): Buffer {
    return this.bytes(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  /** An mpint without its sign byte, left-padded with zeros to `width` bytes where one is given. */
  mpint(width = 0): Buffer {
    const value = this.string();
    const first = value.findIndex((byte) => byte !== 0);
    const digits = first < 0 ? value.subarray(value.length) : value.subarray(first);
    if (digits.length >= width) return digits;
    return Buffer.concat([Buffer.alloc(width - digits.length), digits]);
  }
}
