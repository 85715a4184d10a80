import type Protocol from 'ssh2/lib/protocol/Protocol.js';

/**
 * The receiving half of a channel: how much the peer may send before it is granted more. What was `taken` is granted again in
 * lumps of half the window, so a peer whose bytes are taken is never held up by us; a window of W lets W bytes be on their
 * way or wait, and throughput end at W per round trip.
 */
export class ChannelReceiver {
  readonly #protocol: Protocol;
  readonly #remote: number;
  readonly #windowBytes: number;
  #left: number;
  #taken = 0;
  /** What came before there was a listener; at most one window, which is not extended meanwhile. */
  #early: Uint8Array[] = [];
  #sink: ((chunk: Uint8Array) => void) | undefined;
  #stopped = false;

  /** @param windowBytes the same as in the channel's confirmation */
  constructor(protocol: Protocol, remote: number, windowBytes: number) {
    this.#protocol = protocol;
    this.#remote = remote;
    this.#windowBytes = windowBytes;
    this.#left = windowBytes;
  }

  /** Hands on what has come, then all that comes; what the sink has done with it says `taken`. */
  listen(sink: (chunk: Uint8Array) => void): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) sink(chunk);
  }

  /** The sink has handled that many bytes: the peer may send as many again. */
  taken(bytes: number): void {
    this.#taken += bytes;
    if (this.#stopped || this.#taken < this.#windowBytes / 2) return;
    this.#protocol.channelWindowAdjust(this.#remote, this.#taken);
    this.#left += this.#taken;
    this.#taken = 0;
  }

  /** The channel is closed: nothing is granted any more, and what came early is forgotten. */
  stop(): void {
    this.#stopped = true;
    this.#early = [];
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
    return true;
  }
}

/** One byte a chunk would make a window of early input cost a hundred times its size. */
const MAX_EARLY_CHUNKS = 4096;
