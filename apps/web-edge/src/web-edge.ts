import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock } from '#kernel';
import { addressKey, type AddressRanges, type Limiter } from '#access';
import { background } from '#platform';
import type { Arrivals, EdgeLimit } from '#edge';
import { clientAddress } from './client-address.js';
import { joinKeyOf } from './join-path.js';
import { Newcomers } from './newcomers.js';
import { PageConnection } from './page-connection.js';
import { PageSeats } from './page-seats.js';
import { Visit } from './visit.js';
import type { WebEdgeObserver } from './web-edge-observer.js';

/** Where pages connect to; the token follows. */
export const SOCKET_PATH = '/ws/session/';

export interface WebEdgeOptions {
  readonly arrivals: Arrivals;
  readonly clock: Clock;
  readonly observer: WebEdgeObserver;
  readonly limiter: Limiter<EdgeLimit>;
  readonly trustedProxies: AddressRanges;
}

/** Ends WebSockets for pages, and brings them into their sessions. */
export class WebEdge {
  readonly #seats: PageSeats;
  readonly #newcomers = new Newcomers();
  readonly #sockets = new Set<WebSocket>();
  /** Those that have no seat. */
  readonly #waiting = new Set<PageConnection>();
  #nextId = 1;
  #closing = false;

  constructor(private readonly options: WebEdgeOptions) {
    this.#seats = new PageSeats(options.clock);
  }

  /** Open sockets, those that are just being closed among them. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Takes a WebSocket that was just opened. */
  accept(socket: WebSocket, request: IncomingMessage): void {
    const address = clientAddress(
      request.socket.remoteAddress,
      request.headers['x-forwarded-for'],
      this.options.trustedProxies,
    );
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { clock, observer } = this.options;
    const connection = new PageConnection(this.#nextId++, address, socket, clock, observer);
    this.#admit(connection, joinKeyOf(request.url, SOCKET_PATH));
  }

  /** Sends away who has no seat, and waits until all connections are gone, no longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const connection of this.#waiting) connection.close('stopping');
    const gone = Promise.all(
      Array.from(this.#sockets, async (socket) => await new Promise<void>((resolve) => socket.once('close', resolve))),
    );
    let late: ReturnType<Clock['after']> | undefined;
    await Promise.race([gone, new Promise<void>((resolve) => (late = this.options.clock.after(graceMs, resolve)))]);
    late?.cancel();
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Counts the connection among those without a seat, if its address may have one more of them. */
  #admit(connection: PageConnection, joinKey: string | undefined): void {
    const { observer, limiter } = this.options;
    const key = addressKey(connection.address);
    const tooMany = (): void => {
      observer.joinRefused('too-many', connection.address);
      connection.close('too-many');
    };
    if (this.#closing) connection.close('stopping');
    else if (!this.#newcomers.enter(key)) tooMany();
    else {
      this.#waiting.add(connection);
      const settled = (): void => {
        if (this.#waiting.delete(connection)) this.#newcomers.leave(key);
      };
      connection.listen(new Visit(this.options, this.#seats, connection, joinKey, settled));
      background(
        async () => {
          if (!(await limiter.take('connect', key)).allowed && connection.open) tooMany();
        },
        (error) => observer.failed(error),
      );
    }
  }
}
