import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noteSecret, type Shipmate } from '#testing';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** The API of a broker, as an operator calls it. */
export class Api {
  constructor(
    private readonly base: string,
    readonly token: string | undefined,
  ) {}

  /** With the token that the server made at its first start. */
  static of(shipmate: Shipmate): Api {
    const token = readFileSync(join(shipmate.dir.file('data'), 'admin-token'), 'utf8').trim();
    return new Api(`http://127.0.0.1:${shipmate.httpPort}`, token);
  }

  as(token: string | undefined): Api {
    return new Api(this.base, token);
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.base}/v1${path}`, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const isLines = response.headers.get('content-type')?.startsWith('application/x-ndjson') === true;
    return {
      status: response.status,
      body: text === '' ? {} : ((isLines ? text : JSON.parse(text)) as Answer['body']),
      headers: response.headers,
    };
  }

  /** The entries of a list's first page. */
  async list(path: string): Promise<readonly Record<string, unknown>[]> {
    const { status, body } = await this.call('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body['items'] as Record<string, unknown>[];
  }

  /** Adds a user and answers an API key of theirs. */
  async userWithKey(name: string): Promise<string> {
    await this.call('POST', '/users', { name });
    const { body } = await this.call('POST', `/users/${name}/keys`, { label: 'a test' });
    const key = String(body['key']);
    noteSecret('an API key', key);
    return key;
  }
}
