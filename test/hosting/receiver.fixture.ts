import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a webhook tells. */
export interface Event {
  readonly type: string;
  readonly entity_id: string;
  readonly userdata: string | null;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A receiver that can be told how to answer; it notes what it took. */
export class Receiver {
  readonly events: { id: string; event: Event }[] = [];
  requests = 0;
  /** What to answer; undefined: nothing, until it is released. */
  status: (event: Event) => number | undefined = () => 200;

  readonly #held: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  /** Takes all from now on, and what it has not answered. */
  release(): void {
    this.status = () => 200;
    for (const answer of this.#held.splice(0)) answer();
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        receiver.requests += 1;
        const event = JSON.parse(body) as Event;
        const status = receiver.status(event);
        if (status === undefined) {
          receiver.#held.push(() => {
            receiver.events.push({ id: String(request.headers['webhook-id']), event });
            response.writeHead(200).end();
          });
          return;
        }
        if (status < 300) receiver.events.push({ id: String(request.headers['webhook-id']), event });
        response.writeHead(status, status === 301 ? { location: 'http://169.254.169.254/' } : {}).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** The types of a session's events, each once. */
  types(session: string): string[] {
    const seen = new Set<string>();
    return this.events.flatMap(({ id, event }) => {
      if (event.entity_id !== session || seen.has(id)) return [];
      seen.add(id);
      return [event.type];
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
