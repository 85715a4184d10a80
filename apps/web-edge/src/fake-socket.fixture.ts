import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { decodeServerMessage, encodeClientMessage, type ClientMessage, type ServerMessage } from '#web-protocol';
import type { WebEdgeObserver } from './observers.js';

/** A WebSocket that goes nowhere: what was sent on it, and a way to let the network be slow. */
export class FakeSocket extends EventEmitter {
  readonly sent: Uint8Array[] = [];
  /** What waits for the network. */
  bufferedAmount = 0;
  /** Callbacks of what was sent, called by `flush`. */
  readonly #done: (() => void)[] = [];
  closedWith: { code: number; reason: string } | undefined;
  terminated = false;

  send(data: Uint8Array, done?: () => void): void {
    this.sent.push(data);
    if (done !== undefined) this.#done.push(done);
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason };
  }

  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  terminate(): void {
    this.terminated = true;
  }

  /** The network has taken all that waited. */
  flush(): void {
    this.bufferedAmount = 0;
    for (const done of this.#done.splice(0)) done();
  }

  /** The page says something. */
  say(message: ClientMessage): void {
    this.emit('message', Buffer.from(encodeClientMessage(message)), true);
  }

  get messages(): ServerMessage[] {
    return this.sent.map((bytes) => decodeServerMessage(bytes));
  }

  get socket(): WebSocket {
    return this as unknown as WebSocket;
  }
}

/** What was observed, as words. */
export function listening(): { words: string[]; observer: WebEdgeObserver } {
  const words: string[] = [];
  const observer: WebEdgeObserver = {
    joinRefused: (reason, _, __, route) =>
      void words.push(`refused ${reason}${route === undefined ? '' : ` ${route}`}`),
    turnedAway: (limit) => void words.push(`turned away ${limit}`),
    joinSeconds: () => void words.push('joined'),
    bytes: (direction, count) => void words.push(`${direction} ${count}`),
    rtt: (seconds) => void words.push(`rtt ${seconds}`),
    resumed: () => void words.push('resumed'),
    disconnected: (_id, _address, ending) => void words.push(`disconnected ${ending}`),
    failed: (error) => void words.push(`failed ${String(error)}`),
  };
  return { words, observer };
}
