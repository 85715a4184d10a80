import type { IncomingMessage, Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketAdapter } from '@nestjs/common';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { CLOSE_CODES } from '#web-protocol';

/** How long a page may take to answer a close frame; then its socket is cut. */
const CLOSE_TIMEOUT_MS = 5000;

/** What a gateway says of itself. */
interface GatewayOptions {
  /** Its address; one that ends in a slash is the beginning of many. */
  readonly path: string;
  /** Of one message, in bytes. */
  readonly maxPayload: number;
}

export interface SocketAdapterOptions {
  /** Asked only when a WebSocket is wanted: the server may not exist before. */
  readonly httpServer: () => Server;
  /** The HTTP status to refuse a request with, before it is a WebSocket; undefined lets it in. */
  readonly refuse: (request: IncomingMessage) => number | undefined;
}

type Listener = (socket: WebSocket, request: IncomingMessage) => void;

/**
 * Nest's adapter for WebSockets, only for opening and closing: gateways get the socket itself. The stock adapter parses JSON
 * and runs RxJS for every message, and disconnects everyone when the process stops; here, the gateway says goodbye itself.
 */
export class SocketAdapter implements WebSocketAdapter<WebSocketServer, WebSocket> {
  readonly #servers = new Map<string, WebSocketServer>();
  #onUpgrade: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;

  constructor(private readonly options: SocketAdapterOptions) {}

  /** Called for each gateway. */
  create(_port: number, { path, maxPayload }: GatewayOptions): WebSocketServer {
    // Its types do not know `closeTimeout` yet.
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      // docs/performance.md says why not.
      perMessageDeflate: false,
      maxPayload,
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    const server = new WebSocketServer(options);
    this.#servers.set(path, server);
    if (this.#onUpgrade === undefined) {
      this.#onUpgrade = (...upgrade) => this.#upgrade(...upgrade);
      this.options.httpServer().on('upgrade', this.#onUpgrade);
    }
    return server;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const server = this.#serverOf(request.url);
    const status = server === undefined ? 404 : this.options.refuse(request);
    if (server === undefined || status !== undefined) refuseUpgrade(socket, status ?? 404);
    else server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
  }

  #serverOf(target = '/'): WebSocketServer | undefined {
    const path = /^[^?#]*/.exec(target)?.[0] ?? '';
    for (const [own, server] of this.#servers) {
      if (own.endsWith('/') ? path.startsWith(own) : path === own) return server;
    }
    return undefined;
  }

  bindClientConnect(server: WebSocketServer, callback: Listener): void {
    server.on('connection', callback);
  }

  /** The process is still starting. */
  closeClient(client: WebSocket): void {
    client.close(CLOSE_CODES.unavailable.code, CLOSE_CODES.unavailable.text);
  }

  bindMessageHandlers(): void {
    // Whoever has the socket listens to it.
  }

  close(): void {
    if (this.#onUpgrade !== undefined) this.options.httpServer().off('upgrade', this.#onUpgrade);
  }

  dispose(): void {
    // Nest asks every adapter.
  }
}

function refuseUpgrade(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? '';
  socket.on('error', () => socket.destroy()); // It has already disconnected: there is nobody left to refuse.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${text.length + 1}\r\n\r\n${text}\n`,
  );
}
