import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import crypto from 'ssh2/lib/protocol/crypto.js';
import { ShipmateError, Work, type Clock, type Timer } from '#kernel';
import { addressKey, AddressRanges, plainAddress } from '#address';
import { ConnectionLimits } from './connection-limits.js';
import { makeOffer } from './algorithms.js';
import { Connection, type ConnectionContext, type Origin } from './connection.js';
import { DisconnectCode } from './disconnect-reason.js';
import type { HostKeys } from './host-keys.js';
import { DEFAULT_SETTINGS, LISTEN_BACKLOG, type Peer, type ServerSettings, type SshHandlers } from './settings.js';
import { SourcePenalties } from './source-penalties.js';
import { Transport } from './transport.js';

/** Connections take their turn of the keepalive spread over this many slots, so that thousands do not speak at once. */
const KEEPALIVE_SLOTS = 16;
/** When the kernel begins to look for a peer that is silent; its own probes follow each second. */
const TCP_KEEPALIVE_MS = 30_000;

/** What an SSH server needs; settings that are left out have defaults. */
export interface SshServerOptions extends Partial<ServerSettings> {
  readonly hostKeys: HostKeys;
  readonly handlers: SshHandlers;
  readonly clock: Clock;
  /** Counts the CPU time of its connections; without it, the server counts for itself. */
  readonly work?: Work;
}

/** Ends SSH for tmate hosts and for joiners: on a port, or by streams that somebody else took. */
export class SshServer {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #context: ConnectionContext;
  readonly #settings: ServerSettings;
  readonly #connections = new Map<number, Connection>();
  #lastId = 0;
  #slot = 0;
  #keepaliveTimer: Timer | undefined;
  #closing = false;
  #whenEmpty: (() => void) | undefined;

  /** @throws ShipmateError `config` when a trusted proxy is not a range of addresses */
  constructor({ hostKeys, handlers, clock, work, ...settings }: SshServerOptions) {
    this.#clock = clock;
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
    const trusted = new AddressRanges(this.#settings.trustedProxies);
    const shared = new AddressRanges(this.#settings.sharedAddresses);
    // What a proxy says of its client is of one; its own address is that of many.
    const isShared = (address: string, announced = false): boolean =>
      !announced && (shared.has(address) || trusted.has(address));
    const offer = { hostKeys: hostKeys.table, kexInit: makeOffer(Object.keys(hostKeys.table)) };
    this.#context = {
      settings: this.#settings,
      handlers,
      clock,
      admission: new ConnectionLimits({
        limit: this.#settings.maxNewcomers,
        perAddress: this.#settings.maxNewcomersPerAddress,
        exempt: isShared,
        random: () => Math.random(),
      }),
      penalties: new SourcePenalties(clock, (...from) => !this.#settings.penalties || isShared(...from)),
      work: work ?? new Work({ clock, source: (...from) => (isShared(...from) ? undefined : addressKey(from[0])) }),
      makeTransport: (events) => new Transport(offer, events),
      trusts: (address) => trusted.has(address),
      gone: (connection) => this.#gone(connection),
    };
    this.#server = createServer(
      // Without TCP_NODELAY a keystroke's echo waits for the acknowledgement of the one before: 43 ms of a join.
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS },
      (socket) => this.#take(socket),
    );
  }

  /** Makes it ready for `accept`, if it should not `listen`. */
  async start(): Promise<void> {
    await crypto.init;
    if (this.#keepaliveTimer === undefined) this.#nextKeepalive();
  }

  /**
   * Accepts connections from now on. With port 0, it chooses a free one and returns it. @throws ShipmateError `unavailable` if
   * the address is in use or not ours
   */
  async listen(bind: string, port: number): Promise<AddressInfo> {
    await this.start();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(
          new ShipmateError('unavailable', `cannot listen on ${bind}:${port} (${error.message})`, { cause: error }),
        ),
      );
      this.#server.listen({ port, host: bind, backlog: LISTEN_BACKLOG }, resolve);
    });
    this.#server.removeAllListeners('error');
    // A failed accept (EMFILE) is over in a moment; the listener stays.
    this.#server.on('error', (error) => this.#context.handlers.onError?.(error, NOBODY));
    return this.#server.address() as AddressInfo;
  }

  /**
   * Takes a connection that came another way than by the server's own port, and brings no PROXY header. Closes `stream` when it is
   * over. After `start` or `listen`.
   */
  accept(stream: Duplex, peer: Peer): void {
    this.#admit(stream, { ...peer, proxyProtocol: 'off' });
  }

  /** Connections of every kind. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections without a session. */
  get newcomers(): number {
    return this.#context.admission.size;
  }

  /** Stops taking connections, and ends those without a session; those that have one go on. */
  refuseNew(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#server.close();
    for (const connection of this.#connections.values()) {
      if (!connection.hasSession) this.#dismiss(connection);
    }
  }

  /**
   * Stops accepting connections and ends those without a session. Sessions may continue for `graceMs`, so that their owner can
   * end them cleanly; the rest get a message and are ended. Resolves when the last one has ended.
   */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.refuseNew();
    // Called when all is closed, also by a server that was closing already.
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = this.#clock.after(graceMs, () => {
      for (const connection of this.#connections.values()) this.#dismiss(connection);
    });
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      if (this.#connections.size === 0) resolve();
    });
    deadline.cancel();
    this.#keepaliveTimer?.cancel();
    await stopped;
  }

  #dismiss(connection: Connection): void {
    connection.end('shutdown', DisconnectCode.byApplication, 'The server is stopping.');
  }

  #take(socket: Socket): void {
    const { proxyProtocol } = this.#settings;
    const address = plainAddress(socket.remoteAddress ?? '');
    this.#admit(socket, { address, port: socket.remotePort ?? 0, announced: false, proxyProtocol });
  }

  #admit(socket: Duplex, origin: Origin): void {
    // Until its connection listens: a reset on the way in must not be an uncaught error.
    socket.on('error', () => undefined);
    if (this.#closing || this.#connections.size >= this.#settings.maxConnections) {
      origin.ended?.(this.#closing ? 'shutdown' : 'too-many');
      socket.destroy();
      return;
    }
    const connection = new Connection(++this.#lastId, socket, origin, this.#context);
    this.#connections.set(connection.id, connection);
  }

  #gone(connection: Connection): void {
    this.#connections.delete(connection.id);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  #nextKeepalive(): void {
    this.#keepaliveTimer = this.#clock.after(this.#settings.keepaliveMs / KEEPALIVE_SLOTS, () => {
      this.#slot = (this.#slot + 1) % KEEPALIVE_SLOTS;
      for (const [id, connection] of this.#connections) if (id % KEEPALIVE_SLOTS === this.#slot) connection.keepAlive();
      this.#nextKeepalive();
    });
  }
}

const NOBODY = { id: 0, address: '', port: 0, clientVersion: '' };
