import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection through a proxy. */
export interface ProxiedConnection {
  /** The first kilobyte that the client sent: enough to tell who it is. */
  readonly opening: string;
}

type Which = (connection: ProxiedConnection) => boolean;

const OPENING_CHARS = 1_024;

/** A TCP proxy on 127.0.0.1 that can fall silent, as a network does that loses everything, or break connections. */
export class TcpProxy {
  readonly #connections = new Set<Connection>();
  #stalled: Which = () => false;
  #delayMs = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.#accept(client, targetPort));
    return proxy;
  }

  /** From now on nothing passes, either way, on connections that are or come; both ends stay open. */
  stall(which: Which = () => true): void {
    this.#stalled = which;
    for (const connection of this.#connections) connection.look();
  }

  /** All passes again, what was held back included. */
  resume(): void {
    this.stall(() => false);
  }

  /** From now on everything takes so long, each way, as over a long distance. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Breaks connections. */
  cut(which: Which = () => true): void {
    for (const connection of this.#connections) if (which(connection)) connection.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }

  #accept(client: Socket, targetPort: number): void {
    const upstream = connect(targetPort, '127.0.0.1');
    const connection = new Connection(
      client,
      upstream,
      (it) => this.#stalled(it),
      () => this.#delayMs,
    );
    this.#connections.add(connection);
    client.once('close', () => this.#connections.delete(connection));
  }
}

class Connection implements ProxiedConnection {
  opening = '';

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    private readonly isStalled: (connection: Connection) => boolean,
    private readonly delayMs: () => number,
  ) {
    const pairs = [
      [client, upstream],
      [upstream, client],
    ] as const;
    for (const [from, to] of pairs) {
      const late: Buffer[] = [];
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        if (from === client && this.opening.length < OPENING_CHARS) this.opening += bytes.toString('latin1');
        const delayMs = this.delayMs();
        if (delayMs === 0 && late.length === 0) to.write(bytes);
        else {
          late.push(bytes);
          setTimeout(() => {
            const first = late.shift();
            if (first !== undefined && !to.destroyed) to.write(first);
          }, delayMs);
        }
        this.look();
      });
      from.on('error', () => this.destroy());
      from.once('close', () => this.destroy());
    }
    this.look();
  }

  look(): void {
    const stalled = this.isStalled(this);
    for (const socket of [this.client, this.upstream]) {
      if (stalled) socket.pause();
      else socket.resume();
    }
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
  }
}
