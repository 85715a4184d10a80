import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock, Tracer } from '#kernel';
import { exceededText, isExceeded, type Exceeded, type Quotas, type Stay } from '#access';
import { addressKey } from '#address';
import type { JoinAttempts, ClientAddresses, Quota } from '#edge';
import { joinKeyOf } from './join-path.js';
import { Newcomers } from './newcomers.js';
import { PageConnection } from './page-connection.js';
import { PageSeats } from './page-seats.js';
import { PageJoiner } from './page-joiner.js';
import type { WebEdgeObserver } from './observers.js';
import type { Visitor, Visitors } from './sign-in/visitors.js';

/** Where pages connect to; the token follows. */
export const SOCKET_PATH = '/ws/session/';

export interface WebEdgeOptions {
  readonly attempts: JoinAttempts;
  readonly clock: Clock;
  readonly observer: WebEdgeObserver;
  readonly quotas: Quotas<Quota>;
  readonly addresses: Pick<ClientAddresses, 'of'>;
  /** Who has signed in; left out: nobody can. */
  readonly visitors?: Pick<Visitors, 'of' | 'forget'>;
  readonly tracer?: Tracer;
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
    const address = this.options.addresses.of(request);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { clock, quotas, observer: whole } = this.options;
    const meter = quotas.meter('bytes', { address }, (exceeded) => this.#over(connection, exceeded));
    socket.once('close', () => meter.leave());
    const observer: WebEdgeObserver = {
      ...whole,
      bytes: (direction, count) => {
        whole.bytes(direction, count);
        meter.add(count);
      },
    };
    const connection = new PageConnection(this.#nextId++, address, socket, clock, observer);
    this.#admit(connection, request, observer);
  }

  /** Disconnects pages without a seat, and waits until all connections have ended, for at most `graceMs`. */
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
  #admit(connection: PageConnection, request: IncomingMessage, observer: WebEdgeObserver): void {
    const { address } = connection;
    const key = addressKey(address);
    if (this.#closing) {
      connection.close('stopping');
      return;
    }
    const stay = this.#count(address);
    if (isExceeded(stay)) this.#over(connection, stay);
    else if (!this.#newcomers.enter(key)) {
      stay.leave();
      observer.joinRefused('too-many', address, connection.id);
      connection.close('too-many');
    } else {
      this.#waiting.add(connection);
      const settled = (): void => {
        if (this.#waiting.delete(connection)) this.#newcomers.leave(key);
      };
      const visitor = async (): Promise<Visitor> => await this.options.visitors?.of(request);
      const signOut = async (): Promise<void> => await this.options.visitors?.forget(request);
      const options = { ...this.options, observer, visitor, signOut };
      const joinKey = joinKeyOf(request.url, SOCKET_PATH);
      connection.listen(new PageJoiner(options, this.#seats, connection, joinKey, settled, stay));
    }
  }

  /** Counts a connection, if there may be one more. */
  #count(address: string): Stay | Exceeded {
    const { quotas } = this.options;
    return quotas.take('handshakes', { address }) ?? quotas.enter('connections', { address });
  }

  #over(connection: PageConnection, exceeded: Exceeded): void {
    this.options.observer.turnedAway(exceeded.limit, connection.address);
    connection.close('too-many', exceededText(exceeded));
  }
}
