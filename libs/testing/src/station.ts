import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';

async function listening(server: Server | HttpServer): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** What stands between a user and a server, and is ended with its connections. */
export class Station {
  private constructor(
    private readonly server: Server | HttpServer,
    readonly port: number,
    /** What was asked of it. */
    readonly asked: readonly string[],
  ) {}

  /** An HTTP proxy that connects whoever shows `credentials` (`user:password`), and answers all others with 407. */
  static async httpProxy(credentials: string): Promise<Station> {
    const wanted = `Basic ${Buffer.from(credentials).toString('base64')}`;
    const asked: string[] = [];
    const server = createHttpServer();
    server.on('connect', (request, socket, head) => {
      asked.push(request.url ?? '');
      if (request.headers['proxy-authorization'] !== wanted) {
        socket.end(
          'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
        );
        return;
      }
      const { hostname, port } = new URL(`http://${request.url}`);
      const upstream = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.write(head);
        pipeline(socket, upstream, socket, () => undefined);
      });
      upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    });
    return new Station(server, await listening(server), asked);
  }

  /** Ends TLS for the server at `port`. */
  static async tls(port: number, files: { readonly cert: string; readonly key: string }): Promise<Station> {
    const options = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
    const server = createTlsServer(options, (socket) => {
      pipeline(socket, connect(port, '127.0.0.1'), socket, () => undefined);
    });
    return new Station(server, await listening(server), []);
  }

  /** An HTTP server that answers every request with `status`. */
  static async answering(status: number): Promise<Station> {
    const asked: string[] = [];
    const server = createHttpServer();
    server.on('upgrade', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    return new Station(server, await listening(server), asked);
  }

  async stop(): Promise<void> {
    if ('closeAllConnections' in this.server) this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
