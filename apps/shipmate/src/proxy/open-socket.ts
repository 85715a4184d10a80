import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { createWebSocketStream, WebSocket, type ClientOptions } from 'ws';
import { credentials, hostOf, openTunnel, portOf, proxyFor } from './http-proxy.js';
import { connectionFault, ProxyFault, ProxyStatus, shown, statusFault } from './proxy-fault.js';
import { trustedRoots } from './trusted-roots.js';

/** From the first packet to an open WebSocket, through every proxy: as long as the server itself waits for a session. */
const OPENING_MS = 20_000;
/** How long the other side may take to answer a goodbye. */
const CLOSE_MS = 2_000;
/** When the kernel begins to look for a peer that is silent, as the server does. */
const TCP_KEEPALIVE_MS = 30_000;
/** Bytes that may wait, each way, before whoever sends them is held up. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Where to connect, and by what. */
export interface SocketTarget {
  readonly url: URL;
  /** A file with a CA. */
  readonly ca: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A WebSocket that is open, as a stream of bytes. */
export interface OpenSocket {
  readonly stream: Duplex;
  /** Resolves when it is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/**
 * Opens a WebSocket, through the HTTP proxy that the environment names, if it does.
 *
 * @throws ProxyFault with one sentence about what stands in the way
 */
export async function openSocket(target: SocketTarget): Promise<OpenSocket> {
  const { url } = target;
  const opening = new AbortController();
  const timer = setTimeout(() => opening.abort(), OPENING_MS);
  let bare: Socket | undefined;
  try {
    const trusted =
      url.protocol === 'wss:' || proxyFor(url, target.env)?.protocol === 'https:'
        ? trustedRoots(target.ca, target.env)
        : [];
    bare = await dial(target, trusted, opening.signal);
    const cut = (): void => void bare?.destroy();
    opening.signal.addEventListener('abort', cut);
    const socket = url.protocol === 'wss:' ? await secure(bare, url, trusted) : bare;
    const open = await upgrade(socket, url);
    opening.signal.removeEventListener('abort', cut);
    return open;
  } catch (error) {
    bare?.destroy();
    if (opening.signal.aborted) {
      throw new ProxyFault(
        ProxyStatus.unavailable,
        `${shown(url)} did not answer within ${OPENING_MS / 1000} seconds.`,
        { cause: error },
      );
    }
    throw error instanceof ProxyFault ? error : connectionFault(shown(url), error);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection to the server, or to what a proxy connected there. */
async function dial({ url, env }: SocketTarget, trusted: string[], signal: AbortSignal): Promise<Socket> {
  const proxy = proxyFor(url, env);
  const socket = proxy === undefined ? await direct(url, signal) : await openTunnel(proxy, url, trusted, signal);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
  return socket;
}

async function direct(url: URL, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: hostOf(url), port: portOf(url) });
  const cut = (): void => void socket.destroy(new Error('too late'));
  signal.addEventListener('abort', cut);
  await once(socket, 'connect');
  signal.removeEventListener('abort', cut);
  return socket;
}

async function secure(socket: Socket, url: URL, ca: string[]): Promise<tls.TLSSocket> {
  const host = hostOf(url);
  // TLS must not ask for a name that is an address (RFC 6066 3).
  const secured = tls.connect({ socket, ca, host, ...(isIP(host) === 0 ? { servername: host } : {}) });
  await once(secured, 'secureConnect');
  return secured;
}

async function once(socket: Socket, event: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once(event, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

async function upgrade(socket: Socket, url: URL): Promise<OpenSocket> {
  const bare = new URL(url);
  bare.username = bare.password = bare.hash = '';
  // Its types do not know `closeTimeout` yet.
  const options: ClientOptions & { closeTimeout: number } = {
    createConnection: () => socket,
    headers: credentials(url, 'authorization'),
    // What ssh sends is encrypted, and no shorter for it.
    perMessageDeflate: false,
    closeTimeout: CLOSE_MS,
  };
  const webSocket = new WebSocket(bare, options);
  // Before it is open: what comes with the answer must not be lost.
  const stream = createWebSocketStream(webSocket, { highWaterMark: HIGH_WATER_BYTES });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    webSocket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') })),
  );
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    webSocket.once('open', resolve);
    webSocket.once('unexpected-response', (_, { statusCode = 0 }) => {
      reject(statusFault(shown(url), statusCode));
      webSocket.terminate();
    });
  });
  return { stream, closed };
}
