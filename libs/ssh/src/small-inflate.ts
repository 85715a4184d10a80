import zlib, { type ZlibPacketReader } from 'ssh2/lib/protocol/zlib.js';

/**
 * The most that one compressed packet may become. SSH's payloads end at 32 KiB and a little; ssh2 itself would let a
 * 35 KB packet grow a thousandfold.
 */
export const MAX_INFLATED_BYTES = 64 * 1024;
/** A new piece of the shared output is taken when this is full. Not so large that a kept slice holds much alive. */
const CHUNK_BYTES = 16 * 1024;

const nothing = Buffer.alloc(0);
let sharedBuffer: Buffer | undefined;
let sharedOffset = 0;

/**
 * ssh2's inflating reader without its own output buffer: each one would keep 16 KB, for a host that may be silent for hours.
 * Reading is synchronous, and output is only appended, so all connections can fill one buffer in turn. What was read stays
 * valid, because a full buffer is left to its slices and replaced by a new one.
 */
export class SmallInflate {
  readonly #reader: ZlibPacketReader = new zlib.ZlibPacketReader();

  constructor() {
    this.#reader._zlib._chunkSize = CHUNK_BYTES;
    this.#reader._zlib._maxOutputLength = MAX_INFLATED_BYTES;
    this.#reader._zlib._outBuffer = nothing;
  }

  /** @throws Error when the data is not deflated, or becomes more than `MAX_INFLATED_BYTES` */
  read(data: Uint8Array): Uint8Array {
    const inflate = this.#reader._zlib;
    inflate._outBuffer = sharedBuffer ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    inflate._outOffset = sharedOffset;
    try {
      return inflate.writeSync(data, false);
    } finally {
      // After a failure ssh2 has not moved its marks: what it wrote there is written over, and nobody has seen it.
      sharedBuffer = inflate._outBuffer;
      sharedOffset = inflate._outOffset;
      inflate._outBuffer = nothing;
    }
  }

  cleanup(): void {
    this.#reader.cleanup();
  }
}
