import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { CLOSE_CODES, type CloseName } from '#web-protocol';

/** Bytes that may wait to be read, or to be written, before the other side is held up: as a socket of Node's. */
const HIGH_WATER_BYTES = 64 * 1024;

type Done = (error?: Error | null) => void;

/**
 * A WebSocket as a stream of bytes, each way: the borders between messages mean nothing. Whoever does not read holds the sender up; what
 * is written waits here, where its writer counts it, until the network has taken it. A text message ends the connection.
 */
export class WebSocketStream extends Duplex {
  #close: { readonly name: CloseName; readonly reason: string } = {
    name: 'left',
    reason: 'The ssh connection has ended',
  };

  constructor(private readonly socket: WebSocket) {
    super({ highWaterMark: HIGH_WATER_BYTES, allowHalfOpen: false, emitClose: true });
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    // What ws finds wrong it closes itself, with its own code.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.readableEnded || this.destroyed) this.destroy();
      else this.push(null);
    });
  }

  /** With what it will be closed. */
  closeWith(name: CloseName, reason: string = CLOSE_CODES[name].text): void {
    this.#close = { name, reason };
  }

  override _read(): void {
    if (this.socket.isPaused) this.socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.#sayGoodbye();
    done();
  }

  /** Lets the goodbye out: ws waits for its answer for a moment, and cuts the connection then. */
  override _destroy(error: Error | null, done: Done): void {
    const { socket } = this;
    if (socket.readyState === socket.CLOSED) {
      done(error);
      return;
    }
    socket.once('close', () => done(error));
    // What still comes is for nobody, but the answer to the goodbye is behind it.
    socket.resume();
    if (socket.readyState === socket.CLOSING) socket.terminate();
    else this.#sayGoodbye();
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.destroyed || this.writableEnded) return;
    if (isBinary) {
      if (!this.push(data)) this.socket.pause();
      return;
    }
    this.closeWith('text');
    this.destroy();
  }

  #send(bytes: Buffer, done: Done): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(bytes, done);
    else done();
  }

  #sayGoodbye(): void {
    if (this.socket.readyState === this.socket.OPEN) {
      this.socket.close(CLOSE_CODES[this.#close.name].code, this.#close.reason);
    }
  }
}
