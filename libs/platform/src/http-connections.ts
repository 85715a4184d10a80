import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections of one process: each takes a file and about 20 KB. */
export const MOST_CONNECTIONS = 10_000;
/** Of one address that is no trusted proxy: more than its joiners by a browser may be (docs/limits.md), and a quarter of all. */
export const MOST_PER_ADDRESS = 2_500;

export interface HttpConnectionLimits {
  readonly most: number;
  readonly mostPerAddress: number;
  /** Whether an address speaks for many clients, so that it may have as many as all together. */
  readonly isProxy: (address: string) => boolean;
}

/**
 * Makes room for new HTTP connections by closing the one that has waited longest without a request: first among those of the same
 * address, where that has more than its share, else among all. So nobody keeps others, or a probe, out by holding connections. Where
 * every connection is busy or a WebSocket, the new one is closed.
 */
export class HttpConnections {
  /** Without a request, the longest first. */
  readonly #idle = new Set<Socket>();
  readonly #ofAddress = new Map<string, Set<Socket>>();
  #count = 0;

  constructor(private readonly limits: HttpConnectionLimits) {}

  /** Follows a server's connections; after the application has added its listeners. */
  follow(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket));
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#idle.delete(socket);
      response.once('close', () => {
        if (!socket.destroyed) this.#idle.add(socket);
      });
    });
    // With only a listener, upgrades would wait for an answer.
    if (server.listenerCount('upgrade') === 0) return;
    server.prependListener('upgrade', ({ socket }: IncomingMessage) => void this.#idle.delete(socket));
  }

  #add(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const own = this.#ofAddress.get(address) ?? new Set();
    this.#ofAddress.set(address, own.add(socket));
    this.#count += 1;
    socket.once('close', () => {
      this.#count -= 1;
      this.#idle.delete(socket);
      own.delete(socket);
      if (own.size === 0 && this.#ofAddress.get(address) === own) this.#ofAddress.delete(address);
    });
    const { most, mostPerAddress, isProxy } = this.limits;
    const hasTooMany = own.size > mostPerAddress && !isProxy(address);
    if (hasTooMany) (firstOf(own, this.#idle) ?? socket).destroy();
    else if (this.#count > most) (firstOf(this.#idle) ?? socket).destroy();
    if (!socket.destroyed) this.#idle.add(socket);
  }
}

/** The first of `sockets` that is open, preferably idle. */
function firstOf(sockets: ReadonlySet<Socket>, idle: ReadonlySet<Socket> = sockets): Socket | undefined {
  for (const socket of sockets) if (idle.has(socket) && !socket.destroyed) return socket;
  return undefined;
}
