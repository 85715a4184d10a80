import type { Duplex } from 'node:stream';
import type Protocol from 'ssh2/lib/protocol/Protocol.js';
import type { Transport } from './transport.js';

const STDERR = 1;
/** More in one packet than OpenSSH's own servers send is not understood everywhere (RFC 4253 6.1: 32 KiB). */
const MAX_PACKET_BYTES = 32 * 1024;
/** Less in one packet makes a screen a flood of packets: each costs a cipher's start, a MAC and a padding. */
export const MIN_PACKET_BYTES = 1024;
const MAX_WINDOW = 0xffffffff;

/** What waits for the peer's window: a piece, and whether it goes to stderr. */
interface Waiting {
  readonly bytes: Buffer;
  readonly toStderr: boolean;
}

/** A channel as the peer opened it. */
export interface RemoteChannel {
  /** The peer's number of it. */
  readonly id: number;
  /** How much it takes before it must grant more, in bytes. */
  readonly window: number;
  /** The most of it in one packet, in bytes; at least `MIN_PACKET_BYTES`. */
  readonly packetSize: number;
}

/**
 * The sending half of a channel. Bytes go out as far as the peer's window reaches; the rest waits here, and its owner
 * bounds it. Counts what the peer has not yet consumed.
 */
export class ChannelSender {
  readonly #transport: Pick<Transport, 'protocol' | 'queuedBytes'>;
  readonly #protocol: Protocol;
  readonly #socket: Duplex;
  readonly #remote: number;
  readonly #packetBytes: number;
  #window: number;
  #unacknowledged = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #afterLast: (() => void) | undefined;
  #closed = false;

  /** @param transport what a write goes through: `queuedBytes` of it wait there for the end of a key exchange */
  constructor(transport: Pick<Transport, 'protocol' | 'queuedBytes'>, socket: Duplex, remote: RemoteChannel) {
    this.#transport = transport;
    this.#protocol = transport.protocol;
    this.#socket = socket;
    this.#remote = remote.id;
    this.#packetBytes = Math.max(1, Math.min(remote.packetSize, MAX_PACKET_BYTES));
    this.#window = remote.window;
  }

  /** Bytes sent that the peer has not granted again: in its buffers, in the network's, or in this process's socket. */
  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  /** Bytes in this process: waiting for the window, for new keys, or in the socket because the network accepts no more. */
  get held(): number {
    return this.waiting + this.#socket.writableLength;
  }

  /** Bytes that wait for the window or for new keys. */
  get waiting(): number {
    return this.#waitingBytes + this.#transport.queuedBytes;
  }

  /** The bytes may be reused by the caller only if nothing waits afterwards. */
  send(bytes: Uint8Array, toStderr = false): void {
    if (this.#closed || bytes.length === 0) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#waiting.length > 0) this.#wait(buffer, toStderr);
    else this.#sendNow(buffer, toStderr);
  }

  /** The peer consumed something, or enlarged its window. */
  granted(bytes: number): void {
    this.#window = Math.min(MAX_WINDOW, this.#window + bytes);
    this.#unacknowledged = Math.max(0, this.#unacknowledged - bytes);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const piece of waiting) this.send(piece.bytes, piece.toStderr);
    if (this.#waiting.length === 0) this.#runAfterLast();
  }

  /** Runs `then` once nothing waits any more; what is sent after this call is dropped. */
  finish(then: () => void): void {
    this.#afterLast = then;
    if (this.#waiting.length === 0) this.#runAfterLast();
  }

  /** Forgets what waits. */
  drop(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#afterLast = undefined;
  }

  #runAfterLast(): void {
    const then = this.#afterLast;
    if (then === undefined) return;
    this.#afterLast = undefined;
    this.#closed = true;
    then();
  }

  #sendNow(bytes: Buffer, toStderr: boolean): void {
    let position = 0;
    // One system call for all packets of a write, and for the pieces of a packet where ssh2 has no native cipher.
    this.#socket.cork();
    // A write may end the connection: nobody is there for the rest of it.
    while (position < bytes.length && this.#window > 0 && !this.#closed) {
      const end = Math.min(bytes.length, position + Math.min(this.#window, this.#packetBytes));
      const piece = bytes.subarray(position, end);
      if (toStderr) this.#protocol.channelExtData(this.#remote, piece, STDERR);
      else this.#protocol.channelData(this.#remote, piece);
      this.#window -= piece.length;
      this.#unacknowledged += piece.length;
      position = end;
    }
    this.#socket.uncork();
    if (position < bytes.length && !this.#closed) this.#wait(bytes.subarray(position), toStderr);
  }

  #wait(bytes: Buffer, toStderr: boolean): void {
    this.#waiting.push({ bytes, toStderr });
    this.#waitingBytes += bytes.length;
  }
}
