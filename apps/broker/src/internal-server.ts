import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { NO_TRACER, traced, type Clock, type Tracer } from '#kernel';
import { FIND_KEY_PATH, INTERNAL_HEADER, type Accounts, type InternalCalls, type SecretHash } from '#control';

const MAX_BODY = 1_024;
const TIMEOUT_MS = 5_000;

type Answer = [status: number, body: object];

/** Answers the edges of a fleet, on a separate port. Callers that do not know the fleet's secret get 403. */
export class InternalServer {
  readonly #server: Server;

  constructor(
    private readonly calls: InternalCalls,
    private readonly accounts: Pick<Accounts, 'findCredential'>,
    private readonly clock: Clock,
    private readonly failed: (error: unknown) => void,
    private readonly tracer: Tracer = NO_TRACER,
  ) {
    this.#server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }, (request, response) => {
      this.#traced(request).then(
        ([status, body]) => send(response, status, body),
        (error: unknown) => {
          this.failed(error);
          send(response, 503, {});
        },
      );
    });
    this.#server.maxConnections = 1_000;
  }

  async listen(port: number, bind: string): Promise<void> {
    this.#server.listen(port, bind);
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  /** Callers that do not know the fleet's secret cannot add to its traces. */
  async #traced(request: IncomingMessage): Promise<Answer> {
    const body = await readText(request);
    const refusal = this.#refusal(request, body);
    if (refusal !== undefined) return refusal;
    const { traceparent } = request.headers;
    const options = {
      parent: typeof traceparent === 'string' ? traceparent : 'none',
      title: `POST ${FIND_KEY_PATH}`,
      attributes: { 'http.request.method': 'POST', 'http.route': FIND_KEY_PATH },
    };
    return await traced(this.tracer, 'http.server', options, async (span) => {
      const answer = await this.#answer(body ?? '');
      span.set({ 'http.response.status_code': answer[0] });
      return answer;
    });
  }

  #refusal(request: IncomingMessage, body: string | undefined): Answer | undefined {
    if (body === undefined) return [413, {}];
    const header = request.headers[INTERNAL_HEADER];
    const path = request.url ?? '';
    const genuine = typeof header === 'string' && this.calls.isGenuine(header, path, body, this.clock.now());
    if (!genuine) return [403, {}];
    return path !== FIND_KEY_PATH || request.method !== 'POST' ? [404, {}] : undefined;
  }

  async #answer(body: string): Promise<Answer> {
    const { hash } = JSON.parse(body) as { hash?: unknown };
    const found = typeof hash === 'string' ? await this.accounts.findCredential(hash as SecretHash) : undefined;
    return found?.user === undefined ? [404, {}] : [200, { user: found.user }];
  }
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MAX_BODY) return undefined;
  }
  return text;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
