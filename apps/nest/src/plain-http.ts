import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { plainAddress } from '#address';
import { originForm, setTimes } from './http.js';

/** What probes and Prometheus ask for, from inside, without a certificate. */
const INSIDE = /^\/(healthz|readyz|metrics)(?![^/?#])/i;
/** The API: its callers send secrets, which must not go in the clear and be sent again. */
const API = /^\/v1(?![^/?#])/i;
const CHALLENGE = /^\/\.well-known\/acme-challenge\/([\w-]{1,200})$/;

/** What plain HTTP is for where there is a certificate. */
export interface PlainHttpOptions {
  /** The application's server. */
  readonly app: Server;
  /** The base of its https address. */
  readonly webUrl: string;
  readonly isProxy: (address: string) => boolean;
  /** Whether there is a certificate already. */
  readonly isReady: () => boolean;
  /** Looks up the answer to the http-01 challenge with this token; undefined if no such challenge is open. Absent without ACME. */
  readonly challenge?: (token: string) => Promise<string | undefined>;
}

/** What becomes of a request over plain HTTP. */
type Fate = 'pass' | 'redirect' | 'refuse' | 'wait';

/**
 * A server for plain HTTP next to one that speaks TLS: it redirects to https. Probes, metrics and challenges are answered, and so are this
 * machine's own calls of the API, and whoever came by TLS to a trusted proxy.
 */
export function plainHttp(options: PlainHttpOptions): Server {
  const { app, webUrl, challenge } = options;
  const server = createServer((request, response) => {
    const url = originForm(request.url ?? '/');
    const token = challenge === undefined ? undefined : CHALLENGE.exec(url)?.[1];
    if (challenge !== undefined && token !== undefined) void answerChallenge(challenge(token), response);
    else {
      const fate = fateOf(request, url, options);
      if (fate === 'pass') app.emit('request', request, response);
      else if (fate === 'redirect') {
        const location = new URL(webUrl).origin + url;
        response.writeHead(308, { ...TEXT, location }).end(`This is at ${new URL(webUrl).origin}\n`);
      } else if (fate === 'wait') response.writeHead(503, { ...TEXT, 'retry-after': '30' }).end(NO_CERTIFICATE);
      else response.writeHead(403, TEXT).end(`Plain HTTP is not accepted here: use ${new URL(webUrl).origin}\n`);
    }
  });
  setTimes(server);
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (fateOf(request, '', options) === 'pass') app.emit('upgrade', request, socket, head);
    else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return server;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } as const;
const NO_CERTIFICATE = 'This server has no certificate yet: try again in a minute.\n';

function fateOf(request: IncomingMessage, url: string, { isProxy, isReady }: PlainHttpOptions): Fate {
  const { method, headers, socket } = request;
  const address = plainAddress(socket.remoteAddress ?? '');
  if (INSIDE.test(url) || (headers['x-forwarded-proto'] === 'https' && isProxy(address))) return 'pass';
  if (API.test(url)) return address === plainAddress(socket.localAddress ?? '') ? 'pass' : 'refuse';
  if (!isReady()) return 'wait';
  return method === 'GET' || method === 'HEAD' ? 'redirect' : 'refuse';
}

async function answerChallenge(found: Promise<string | undefined>, response: ServerResponse): Promise<void> {
  try {
    const answer = await found;
    response.writeHead(answer === undefined ? 404 : 200, TEXT).end(answer ?? 'There is no such challenge\n');
  } catch {
    response.writeHead(503, TEXT).end('Challenges cannot be looked up right now\n');
  }
}
