import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShipmateError } from '#kernel';
import { ExitStatus, type Config } from '#platform';

/** Longer than the broker waits for an edge. */
const ANSWER_MS = 15_000;
/** A whole log of events takes as long to send at most. */
const LONG_ANSWER_MS = 600_000;
/** As many as the API gives at once. */
const PAGE = 200;

export type Json = Readonly<Record<string, unknown>>;

/** The broker refused; its message is what the broker says, and for whoever reads the terminal. */
export class ApiError extends Error {
  constructor(
    readonly httpStatus: number,
    message: string,
  ) {
    super(message);
  }

  /** With what status the command ends. */
  get exitStatus(): number {
    if (this.httpStatus === 401 || this.httpStatus === 403) return ExitStatus.notAllowed;
    return this.httpStatus === 503 || this.httpStatus === 429 ? ExitStatus.unavailable : ExitStatus.refused;
  }
}

/** A list, and whether there was more than was asked for. */
export interface Listed {
  readonly items: readonly Json[];
  readonly more: boolean;
}

/** The broker's API as the commands use it. The token is read when it is needed first. */
export class Api {
  #token: string | undefined;

  constructor(
    private readonly config: Pick<Config, 'adminToken' | 'dataDir'>,
    readonly url: string,
  ) {}

  /**
   * Sends one request; resolves with the parsed answer, or `{}` if the answer is empty. Rejects with `ApiError` if the broker
   * refuses, with `unavailable` if it cannot be reached.
   */
  async call(method: string, path: string, body?: Json): Promise<Json> {
    const { status, text } = await this.#request(method, `/v1${path}`, body);
    const parsed = parse(text);
    if (status >= 200 && status < 300 && parsed !== undefined) return parsed;
    throw this.#refusal(status, text);
  }

  /** The entries of a list, page after page, `most` at most. */
  async list(path: string, query: Readonly<Record<string, string | undefined>>, most: number): Promise<Listed> {
    const items: Json[] = [];
    let after: string | undefined;
    while (items.length < most) {
      const limit = Math.min(PAGE, most - items.length);
      const given = new URLSearchParams({ limit: `${limit}` });
      for (const [name, value] of Object.entries({ ...query, after })) if (value !== undefined) given.set(name, value);
      const page = await this.call('GET', `${path}?${String(given)}`);
      items.push(...((page['items'] ?? []) as Json[]));
      if (typeof page['next'] !== 'string' || page['next'] === after) return { items, more: false };
      after = page['next'];
    }
    return { items, more: true };
  }

  /** The lines of an answer as they come, each without its newline. Rejects as `call` does. */
  async *lines(path: string): AsyncGenerator<string> {
    const response = await this.#fetch('GET', `/v1${path}`, undefined, LONG_ANSWER_MS);
    if (response.status !== 200 || response.body === null) throw this.#refusal(response.status, await response.text());
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    } catch (error) {
      throw this.#gone(error);
    }
    if (rest !== '') yield rest;
  }

  async #request(method: string, path: string, body: Json | undefined): Promise<{ status: number; text: string }> {
    try {
      const response = await this.#fetch(method, path, body, ANSWER_MS);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw error instanceof ShipmateError ? error : this.#gone(error);
    }
  }

  async #fetch(method: string, path: string, body: Json | undefined, mostMs: number): Promise<Response> {
    const token = (this.#token ??= this.#readToken());
    try {
      return await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error', // The token must go only to that address.
        signal: AbortSignal.timeout(mostMs),
      });
    } catch (error) {
      throw this.#gone(error);
    }
  }

  #gone(error: unknown): ShipmateError {
    const where = `No broker answers at ${this.url} (${reason(error)}): is SHIPMATE_API_URL right?`;
    return new ShipmateError('unavailable', where, { cause: error });
  }

  /** What an answer that is no success says. */
  #refusal(status: number, text: string): Error {
    const parsed = parse(text);
    const detail = parsed?.['detail'];
    if (typeof detail !== 'string') {
      return new ShipmateError('unavailable', `${this.url} answers with status ${status}: that is not a broker`);
    }
    return new ApiError(status, [detail, ...faultsOf(parsed)].join('\n  '));
  }

  #readToken(): string {
    const { adminToken, dataDir } = this.config;
    if (adminToken !== undefined) return adminToken.reveal();
    const file = join(dataDir, 'admin-token');
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new ShipmateError(
        'config',
        `There is no token for the broker: set SHIPMATE_ADMIN_TOKEN, or SHIPMATE_DATA_DIR to the directory of a server that created one (${file}: ${code}).`,
        { cause: error },
      );
    }
  }
}

/** Where a broker on this machine would be: at the address that it binds, or at loopback if it binds all addresses. */
export function apiUrl({ apiUrl: given, bind, httpPort }: Pick<Config, 'apiUrl' | 'bind' | 'httpPort'>): string {
  if (given !== undefined) return given;
  const host = bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '::1' : bind;
  return `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`;
}

function parse(text: string): Json | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function faultsOf(problem: Json | undefined): string[] {
  const errors = problem?.['errors'];
  if (!Array.isArray(errors)) return [];
  return (errors as { at?: unknown; message?: unknown }[]).map(
    ({ at, message }) => `${String(at)}: ${String(message)}`,
  );
}

/** `ECONNREFUSED`, out of what fetch wraps it in. */
function reason(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError') return `no answer in ${ANSWER_MS / 1000} s`;
  return cause?.code ?? cause?.message ?? name ?? 'unknown';
}
