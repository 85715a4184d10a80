/** Longest that an answer is waited for, in ms: the server itself waits 3 s for its edges. */
const ANSWER_MS = 10_000;

/** What the API refused, in words for people; status 0: there was no answer. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

type Method = 'GET' | 'POST' | 'DELETE';

/** Calls the API of the server that the page came from. */
export class ApiClient {
  /** `token` is sent as bearer; without one, whoever signed in is known by a cookie that scripts cannot read. */
  constructor(
    private readonly token: string | undefined,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  async get<T>(path: string): Promise<T> {
    return (await this.#call('GET', path)) as T;
  }

  async post(path: string, body?: object): Promise<unknown> {
    return await this.#call('POST', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path);
  }

  async #call(method: Method, path: string, body?: object): Promise<unknown> {
    const response = await this.#fetch(method, path, body);
    const text = await response.text().catch(() => '');
    const answer = parsed(text);
    if (response.ok) return answer;
    const { detail, title } = (answer ?? {}) as { detail?: unknown; title?: unknown };
    const said = [detail, title].find((one) => typeof one === 'string' && one !== '');
    throw new ApiProblem(response.status, typeof said === 'string' ? said : `The server answered ${response.status}`);
  }

  async #fetch(method: Method, path: string, body: object | undefined): Promise<Response> {
    try {
      return await this.send(`/v1${path}`, {
        method,
        headers: {
          // A cookie counts only with this header, which no other site's page can send.
          'x-shipmate-page': 'yes',
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: 'no-store',
        credentials: 'same-origin',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch {
      throw new ApiProblem(0, 'The server cannot be reached');
    }
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
