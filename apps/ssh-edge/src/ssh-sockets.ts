import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '#kernel';
import { plainAddress } from '#address';
import type { ClientAddresses } from '#edge';
import type { DisconnectReason, Peer } from '#ssh';
import { CLOSE_CODES, type CloseName } from '#web-protocol';
import { WebSocketStream } from './web-socket-stream.js';
import type { SshEdge } from './ssh-edge.js';

/** Below the 60 s after which proxies drop a connection that nobody uses. */
const PING_MS = 20_000;
/** When the kernel begins to look for a peer that is silent, as at the port for ssh. */
const TCP_KEEPALIVE_MS = 30_000;

/** What a client of WebSockets reads for the reason that an ssh connection ended with; ssh itself has told its user more. */
const CLOSED_FOR: Readonly<Partial<Record<DisconnectReason, CloseName>>> = {
  'not-ssh': 'not-ssh',
  'bad-proxy-header': 'not-ssh',
  'handshake-timeout': 'ssh-late',
  'no-common-algorithm': 'ssh-refused',
  protocol: 'ssh-refused',
  'auth-failed': 'ssh-refused',
  limit: 'ssh-refused',
  'turned-away': 'too-many',
  'too-many': 'too-many',
  keepalive: 'silent',
  shutdown: 'stopping',
  internal: 'fault',
};

export interface SshSocketsOptions {
  readonly edge: Pick<SshEdge, 'accept' | 'isListening'>;
  readonly addresses: Pick<ClientAddresses, 'of'>;
  readonly clock: Clock;
}

/**
 * Brings WebSockets that carry ssh to the ssh edge, as connections like any other: with their client's address, and under the same
 * limits. As on a plain connection, ssh's keepalives and TCP find out that a client has gone.
 */
export class SshSockets {
  constructor(private readonly options: SshSocketsOptions) {}

  /** Takes a WebSocket that was just opened. */
  accept(socket: WebSocket, request: IncomingMessage): void {
    const { edge, addresses } = this.options;
    if (!edge.isListening) {
      const { code, text } = CLOSE_CODES.stopping;
      socket.close(code, text);
      return;
    }
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    const address = addresses.of(request);
    const announced = address !== plainAddress(remoteAddress);
    request.socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    const stream = new WebSocketStream(socket);
    this.#keepOpen(socket);
    const peer: Peer = {
      address,
      port: announced ? 0 : remotePort,
      announced,
      ended: (reason) => {
        const name = CLOSED_FOR[reason];
        if (name !== undefined) stream.closeWith(name);
      },
    };
    edge.accept(stream, peer);
  }

  /** Lets something pass on a quiet line; what has bytes waiting needs nothing. */
  #keepOpen(socket: WebSocket): void {
    let timer: Timer | undefined;
    const next = (): void => {
      timer = this.options.clock.after(PING_MS, () => {
        if (socket.bufferedAmount === 0 && socket.readyState === socket.OPEN) socket.ping();
        next();
      });
    };
    next();
    socket.once('close', () => timer?.cancel());
  }
}
