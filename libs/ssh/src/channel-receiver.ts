import type Protocol from 'ssh2/lib/protocol/Protocol.js';

/**
 * The receiving half of a channel: how much the peer may send before it is granted more. What came is granted again in
 * lumps of half the window as soon as it was handed on, so a peer whose bytes are taken is never held up by us; a
 * window of W lets W bytes be on their way, and throughput end at W per round trip.
 */
export class ChannelReceiver {
  readonly #protocol: Protocol;
  readonly #remote: number;
  readonly #windowBytes: number;
  #left: number;
  /** What came before anybody listened; at most one window, which is not topped up meanwhile. */
  #early: Uint8Array[] = [];
  #sink: ((chunk: Uint8Array) => void) | undefined;

  /** @param windowBytes also what the channel's confirmation has told the peer */
  constructor(protocol: Protocol, remote: number, windowBytes: number) {
    this.#protocol = protocol;
    this.#remote = remote;
    this.#windowBytes = windowBytes;
    this.#left = windowBytes;
  }

  /** Hands on what has come, then all that comes. */
  listen(sink: (chunk: Uint8Array) => void): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) sink(chunk);
    this.#topUp();
  }

  /** @returns false when the peer sent more than it was granted */
  receive(chunk: Uint8Array): boolean {
    this.#left -= chunk.length;
    if (this.#left < 0) return false;
    if (this.#sink === undefined) {
      // Copied: a chunk may be a slice of a read of 64 KB, and one key of it would keep all that.
      if (chunk.length > 0) this.#early.push(Uint8Array.from(chunk));
      return this.#early.length <= MAX_EARLY_CHUNKS;
    }
    this.#sink(chunk);
    this.#topUp();
    return true;
  }

  #topUp(): void {
    if (this.#left > this.#windowBytes / 2) return;
    this.#protocol.channelWindowAdjust(this.#remote, this.#windowBytes - this.#left);
    this.#left = this.#windowBytes;
  }
}

/** One byte a chunk would make a window of early input cost a hundred times its size. */
const MAX_EARLY_CHUNKS = 4096;
