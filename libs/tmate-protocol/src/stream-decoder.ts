import type { Disposable } from '#kernel';
import { Limit, type DecoderLimits } from './wire-limits.js';
import { MessageReader } from './message-reader.js';
import { MessageScanner, type MessageRules } from './message-scanner.js';

/**
 * What a decoder calls for each message, in order. `raw` is the message's own bytes. It and every byte array in
 * `message` are views that hold during the call only: copy what must outlive it.
 */
export type MessageHandler<M> = (message: M, raw: Uint8Array) => void;

/** How a stream is cut into messages. */
export interface DecoderOptions<M> {
  readonly limits?: Partial<DecoderLimits>;
  readonly onMessage: MessageHandler<M>;
}

/** What a decoder did since it was made. */
export interface DecoderWork {
  /** Bytes copied, of messages that did not lie within one chunk. */
  readonly bytesCopied: number;
  /** Values looked at to find the messages' ends. */
  readonly valuesScanned: number;
}

const LEAST_BUFFER_BYTES = 4096;
/** The largest buffer kept for the next message: holds a piece of PTY data and an ordinary layout. */
const SPARE_BUFFER_BYTES = 65_536;
/** One buffer for all decoders, for none needs one between two chunks but in the middle of a message. */
let spare: Uint8Array | undefined;

/**
 * Splits a stream into messages. A message within one chunk is decoded in place; one over several chunks is assembled in a
 * buffer that grows with the data that has arrived (never with an announced length), up to the message's limit. The work is
 * linear in the bytes, however they are split. An error, including one thrown by `onMessage`, ends the decoder: this `push` and
 * each later one throw that error.
 */
export abstract class StreamDecoder<M> implements Disposable {
  protected readonly reader: MessageReader;
  readonly #names: readonly string[];
  readonly #scanner: MessageScanner;
  readonly #onMessage: MessageHandler<M>;
  /** The beginning of a message, in the first `#held` bytes. */
  #buffer: Uint8Array | undefined;
  #held = 0;
  #bytesCopied = 0;
  #busy = false;
  #disposed = false;
  #failure: { readonly error: unknown } | undefined;

  protected constructor(peer: string, names: readonly string[], snapshotType: number, options: DecoderOptions<M>) {
    const messageBytes = options.limits?.messageBytes ?? Limit.messageBytes;
    const snapshotBytes = options.limits?.snapshotBytes ?? Limit.snapshotBytes;
    const maxBytes = (type: number): number => {
      if (type < 0) return Math.max(messageBytes, snapshotBytes);
      return type === snapshotType ? snapshotBytes : messageBytes;
    };
    const rules: MessageRules = { peer, names, maxBytes };
    this.#names = names;
    this.#scanner = new MessageScanner(rules);
    this.#onMessage = options.onMessage;
    this.reader = new MessageReader(peer);
  }

  /**
   * Takes the next bytes of the stream and delivers every message that they complete. @throws ShipmateError `protocol` if they
   * do not follow the protocol, `limit` if something is too large.
   */
  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#busy) throw new Error('push called from within onMessage');
    this.#busy = true;
    try {
      this.#consume(chunk);
    } catch (error) {
      this.#failure = { error };
      this.#release();
      throw error;
    } finally {
      this.#busy = false;
      this.reader.close();
    }
  }

  /** Bytes held of a message that is not complete. */
  get pendingBytes(): number {
    return this.#held;
  }

  get work(): DecoderWork {
    return { bytesCopied: this.#bytesCopied, valuesScanned: this.#scanner.values };
  }

  /** Delivers nothing more, not even the rest of the chunk that is being pushed, and ignores what is pushed later. */
  dispose(): void {
    this.#disposed = true;
    if (!this.#busy) this.#release();
  }

  /** Decodes the message of this number that `reader` is open at. */
  protected abstract decode(type: number): M;

  #consume(chunk: Uint8Array): void {
    const end = chunk.length;
    let start = 0;
    while (start < end && !this.#disposed) {
      const next = this.#scanner.scan(chunk, start, end);
      if (next < 0) {
        this.#hold(chunk, start, end);
        break;
      }
      if (this.#held === 0) {
        this.#deliver(chunk, start, next);
      } else {
        const buffer = this.#hold(chunk, start, next);
        this.#deliver(buffer, 0, this.#held);
        this.#release();
      }
      start = next;
    }
    if (this.#disposed) this.#release();
  }

  #deliver(bytes: Uint8Array, start: number, end: number): void {
    const { type } = this.#scanner;
    this.#scanner.reset();
    this.reader.open(bytes, start, end, this.#names[type] ?? '');
    const message = this.decode(type);
    this.#onMessage(message, new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
  }

  /** Puts more of a message into the buffer. */
  #hold(chunk: Uint8Array, start: number, end: number): Uint8Array {
    const needed = this.#held + end - start;
    let buffer = this.#buffer;
    if (buffer === undefined && spare !== undefined && spare.length >= needed) {
      buffer = spare;
      spare = undefined;
    } else if (buffer === undefined || buffer.length < needed) {
      // Twice the size each time: all in all a byte is copied three times at most.
      const doubled = Math.min(2 * (buffer?.length ?? 0), this.#scanner.limit);
      const grown = new Uint8Array(Math.max(LEAST_BUFFER_BYTES, needed, doubled));
      if (buffer !== undefined) grown.set(buffer.subarray(0, this.#held));
      this.#bytesCopied += this.#held;
      buffer = grown;
    }
    buffer.set(chunk.subarray(start, end), this.#held);
    this.#bytesCopied += end - start;
    this.#buffer = buffer;
    this.#held = needed;
    return buffer;
  }

  #release(): void {
    if (this.#buffer !== undefined && this.#buffer.length <= SPARE_BUFFER_BYTES) spare = this.#buffer;
    this.#buffer = undefined;
    this.#held = 0;
  }
}
