import { createServer, type Server, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { CLOSE_CODES } from '#web-protocol';
import { openSocket, type OpenSocket, type SocketTarget } from './open-socket.js';
import { ProxyFault, ProxyStatus, shown } from './proxy-fault.js';

/** Connections that `--listen` carries at once: each is a file here and a connection at the server. */
const MAX_CONNECTIONS = 64;

/** Codes of which ssh itself has said more. */
const QUIET_CODES: ReadonlySet<number> = new Set([1000, 1005, CLOSE_CODES['ssh-refused'].code]);

/** What `shipmate proxy --help` says. */
export const PROXY_HELP = `usage: shipmate proxy URL [--ca FILE] [--listen [HOST:]PORT]

Carry ssh over a WebSocket, for networks that let nothing but the web through:

  ssh -o ProxyCommand="shipmate proxy wss://HOST/ssh" TOKEN@HOST

  --ca FILE              A CA's certificate in PEM that is trusted too.
  --listen [HOST:]PORT   Take connections on a port of this machine, for programs without ProxyCommand, such as tmate.
  --help                 This help.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name the HTTP proxy to go through. For more, see docs/ssh-over-websocket.md.
`;

/** What a process has. */
export interface ProxyProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: { write(text: string): unknown };
}

/** Carries what comes and goes until it ends; returns the exit status. What stands in the way is one line on stderr. */
export async function proxy(args: readonly string[], own: ProxyProcess): Promise<number> {
  try {
    const { ca, listen, help, url } = read(args);
    if (help) {
      own.stdout.write(PROXY_HELP);
      return ProxyStatus.done;
    }
    // Whoever started this may be gone before there is a connection.
    for (const end of [own.stdin, own.stdout]) end.on('error', () => undefined);
    const target = { url, ca, env: own.env };
    if (listen !== undefined) return await listenFor(target, listen, own);
    await carry(await openSocket(target), url, own.stdin, own.stdout);
    return ProxyStatus.done;
  } catch (error) {
    if (!(error instanceof ProxyFault)) throw error;
    own.stderr.write(`shipmate proxy: ${error.message}\n`);
    return error.status;
  }
}

interface Wanted {
  readonly url: URL;
  readonly ca: string | undefined;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly help: boolean;
}

function read(args: readonly string[]): Wanted {
  let parsed;
  try {
    const options = { ca: { type: 'string' }, listen: { type: 'string' }, help: { type: 'boolean' } } as const;
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageFault(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
  const { values, positionals } = parsed;
  const { ca, help = false } = values;
  const listen = values.listen === undefined ? undefined : listenAt(values.listen);
  const [text = ''] = positionals;
  if (help) return { url: new URL('wss://localhost'), ca, listen, help };
  if (positionals.length !== 1) throw usageFault('Give one URL, such as wss://HOST/ssh.');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'wss:' && url.protocol !== 'ws:')) {
    throw usageFault('The URL must begin with wss:// or ws://, such as wss://HOST/ssh.');
  }
  if (url.pathname === '/') url.pathname = '/ssh';
  return { url, ca, listen, help };
}

function listenAt(text: string): { host: string; port: number } {
  const [, host = '127.0.0.1', port = ''] = /^(?:(?:\[(?=.*\]))?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 0xffff) throw usageFault('--listen must be a port, or HOST:PORT.');
  return { host, port: Number(port) };
}

const usageFault = (text: string): ProxyFault =>
  new ProxyFault(ProxyStatus.usage, `${text} shipmate proxy --help shows how to use it.`);

/** Until either side ends. @throws ProxyFault where the server did, for another reason than ssh's end */
async function carry({ stream, closed }: OpenSocket, url: URL, from: Readable, to: Writable): Promise<void> {
  let left = false;
  const leave = (): void => {
    left = true;
    stream.end();
  };
  // Whoever reads has gone: so does the connection.
  to.on('error', leave);
  from.on('error', leave);
  from.once('end', leave);
  // Maybe before there was a connection.
  if (to.destroyed || from.readableEnded) leave();
  from.pipe(stream, { end: false });
  // The promise of `closed` says how it ended.
  const written = pipeline(stream, to, { end: false }).catch(() => undefined);
  const { code, reason } = await closed;
  await written;
  from.unpipe(stream);
  if (left || QUIET_CODES.has(code)) return;
  throw new ProxyFault(
    ProxyStatus.unavailable,
    code === 1006
      ? `The connection to ${shown(url)} was lost.`
      : `${shown(url)} closed the connection: ${reason.replaceAll(/[^\x20-\x7e]/g, '')} (${code}).`,
  );
}

/** Takes connections on a port of this machine, each with a WebSocket of its own. Ends by a signal. */
async function listenFor(target: SocketTarget, at: NonNullable<Wanted['listen']>, own: ProxyProcess): Promise<number> {
  const tell = (text: string): void => void own.stderr.write(`shipmate proxy: ${text}\n`);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    void relay(target, socket).catch((error: unknown) => {
      if (!(error instanceof ProxyFault)) throw error;
      tell(error.message);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', () => tell(`There are ${MAX_CONNECTIONS} connections already: one more was closed.`));
  await listening(server, at);
  tell(`${at.host}:${at.port} leads to ${shown(target.url)}. Press Ctrl-C to stop.`);
  return await new Promise<number>(() => undefined);
}

async function relay(target: SocketTarget, socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  // Nothing is read before there is somebody to give it to.
  try {
    await carry(await openSocket(target), target.url, socket, socket);
  } finally {
    socket.destroySoon();
  }
}

async function listening(server: Server, { host, port }: NonNullable<Wanted['listen']>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code = '' }: NodeJS.ErrnoException) =>
      reject(new ProxyFault(ProxyStatus.unavailable, `Nothing can listen on ${host}:${port} (${code}).`)),
    );
    server.listen(port, host, resolve);
  });
}
