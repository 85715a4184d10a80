import { isShipmateError, NO_TRACER, ShipmateError, traced, type Clock, type Tracer } from '#kernel';
import { FIND_KEY_PATH, hashSecret, INTERNAL_HEADER, isApiKey, type Accounts, type InternalCalls } from '#control';
import type { NameAuthority } from '#fleet';

/** How long a broker may take, in ms: a host waits for it before it gets its links. */
const ANSWER_MS = 2_000;
/** How long a broker that did not answer is not asked again, in ms: many hosts may come at the same time. */
const AWAY_MS = 1_000;
/** How long an answer is kept, in ms: when hosts reconnect together, only one call is made. */
const REMEMBERED_MS = 10_000;
const MOST_REMEMBERED = 10_000;

/** Names if the accounts are in this process. */
export function ownNames(accounts: Accounts, openUser: string | undefined): NameAuthority {
  return {
    openUser,
    userOf: async (apiKey) =>
      isApiKey(apiKey) ? (await accounts.findCredential(hashSecret(apiKey)))?.user : undefined,
  };
}

/** Names without accounts: only those that are open to everyone. */
export function openNames(openUser: string): NameAuthority {
  return { openUser, userOf: async () => undefined };
}

export interface BrokerNamesOptions {
  /** Brokers' internal listeners; the first that answers is asked. */
  readonly urls: readonly string[];
  readonly calls: InternalCalls;
  readonly clock: Clock;
  readonly openUser: string | undefined;
  readonly tracer?: Tracer;
}

/** Asks a broker whom an API key belongs to. Only the key's hash is sent. */
export class BrokerNames implements NameAuthority {
  readonly openUser: string | undefined;
  readonly #remembered = new Map<string, { user: string | undefined; untilMs: number }>();
  #awayUntilMs = 0;

  constructor(private readonly options: BrokerNamesOptions) {
    this.openUser = options.openUser;
  }

  async userOf(apiKey: string): Promise<string | undefined> {
    if (!isApiKey(apiKey)) return undefined;
    const hash = hashSecret(apiKey);
    const now = this.options.clock.monotonic();
    const known = this.#remembered.get(hash);
    if (known !== undefined && now < known.untilMs) return known.user;
    if (now < this.#awayUntilMs) throw new ShipmateError('unavailable', 'the broker cannot be reached');
    const user = await this.#askAll(JSON.stringify({ hash }));
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(hash, { user, untilMs: now + REMEMBERED_MS });
    return user;
  }

  async #askAll(body: string): Promise<string | undefined> {
    let last: unknown = new ShipmateError('unavailable', 'there is no broker');
    for (const url of this.options.urls) {
      try {
        return await this.#ask(url, body);
      } catch (error) {
        last = error;
      }
    }
    this.#awayUntilMs = this.options.clock.monotonic() + AWAY_MS;
    if (isShipmateError(last)) throw last;
    throw new ShipmateError('unavailable', 'the broker cannot be reached', { cause: last });
  }

  async #ask(url: string, body: string): Promise<string | undefined> {
    const { hostname, port, protocol } = new URL(url);
    const options = {
      title: `POST ${FIND_KEY_PATH}`,
      attributes: {
        'http.request.method': 'POST',
        'url.template': FIND_KEY_PATH,
        'server.address': hostname,
        'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      },
    };
    return await traced(this.options.tracer ?? NO_TRACER, 'http.client', options, async (span) => {
      const response = await this.#post(url, body, span.traceparent);
      span.set({ 'http.response.status_code': response.status });
      return await readUser(response);
    });
  }

  async #post(url: string, body: string, traceparent: string | undefined): Promise<Response> {
    const { calls, clock } = this.options;
    return await fetch(`${url}${FIND_KEY_PATH}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [INTERNAL_HEADER]: calls.sign(FIND_KEY_PATH, body, clock.now()),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  }
}

async function readUser(response: Response): Promise<string | undefined> {
  if (response.status === 404) return undefined;
  if (response.status === 403) throw new ShipmateError('unavailable', 'the broker has a different SHIPMATE_SECRET');
  const answer: unknown = response.ok ? await response.json() : undefined;
  const user = (answer as { user?: unknown } | undefined)?.user;
  if (typeof user !== 'string') throw new ShipmateError('unavailable', `the broker answered ${response.status}`);
  return user;
}
