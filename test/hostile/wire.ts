import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from '#testing';
import type { Scene } from './attack.js';

/** How long a client that waits for an answer waits, in ms: what does not come by then need not come. */
const ANSWER_MS = 150;
/** Of an answer so much is kept, in bytes: enough to see what it is. */
const KEPT = 200_000;

/** A TCP connection from the attacker's own address. */
export class Wire {
  /** What has come, as `bytesOf` reads it; the first 200,000 bytes. */
  said = '';
  closed = false;
  #waiting: (() => void) | undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      if (this.said.length < KEPT) this.said += chunk.toString('latin1');
      this.#waiting?.();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.closed = true;
      this.#waiting?.();
    });
  }

  /** Connects; undefined where the server takes no connection. */
  static async open({ stage, address }: Scene, port: number): Promise<Wire | undefined> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: address });
    stage.onClear(() => socket.destroy());
    const wire = new Wire(socket.setNoDelay(true));
    await within(
      new Promise<void>((resolve) => {
        socket.once('connect', () => resolve());
        socket.once('close', () => resolve());
      }),
      'a connection',
    );
    return wire.closed ? undefined : wire;
  }

  send(bytes: Uint8Array): void {
    if (!this.closed) this.socket.write(bytes);
  }

  /** Waits until something comes or the connection ends, but not long. */
  async answer(forMs = ANSWER_MS): Promise<void> {
    if (this.closed) return;
    const came = new Promise<void>((resolve) => (this.#waiting = resolve));
    await Promise.race([came, delay(forMs)]);
    this.#waiting = undefined;
  }

  /** Waits until nothing more comes. */
  async rest(): Promise<void> {
    for (let before = -1; before !== this.said.length && !this.closed;) {
      before = this.said.length;
      await this.answer();
    }
  }
}

/** As long as an edge takes to answer, most times. */
export const pause = async (): Promise<void> => await delay(40);
