import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isShipmateError, type ErrorCode } from '#kernel';
import { sendProblem, type Answer } from '#nest';

/** An error of the API, as RFC 9457 describes it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** Stable: the end of the problem's `type`. */
    readonly code: string,
    message: string,
    readonly more: { readonly retryAfterMs?: number; readonly errors?: readonly ProblemDetail[] } = {},
  ) {
    super(message);
  }
}

/** What is wrong with one part of a request. */
export interface ProblemDetail {
  /** `body.label` */
  readonly at: string;
  readonly message: string;
}

const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  protocol: 400,
  limit: 409,
  'not-found': 404,
  closed: 410,
  forbidden: 403,
  conflict: 409,
  unavailable: 503,
  timeout: 503,
  config: 500,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'A bearer token is required',
  403: 'This token may not do that',
  404: 'Not found',
  409: 'Not possible in the current state',
  410: 'It has ended',
  413: 'The request is too large',
  429: 'Too many requests',
  503: 'Something that this depends on is not available',
};

/** Turns what a handler throws into a problem; a bug is reported to `failed`, and the caller only learns that there was one. */
export function answerProblem(response: Answer, error: unknown, failed: (error: unknown) => void): void {
  const { status, code, message: detail, more } = toProblem(error, failed);
  const { retryAfterMs, errors } = more;
  response.set({
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="shipmate"' } : {}),
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
  });
  sendProblem(response, { status, code, title: TITLES[status] ?? 'Internal server error', detail, errors });
}

function toProblem(error: unknown, failed: (error: unknown) => void): Problem {
  if (error instanceof Problem) return error;
  if (isShipmateError(error) && error.code !== 'config') {
    const more = error.temporary ? { retryAfterMs: 1_000 } : {};
    return new Problem(STATUS_OF[error.code], error.code, error.message, more);
  }
  if (isAborted(error)) return new Problem(400, 'bad-request', 'The connection ended before the request was complete');
  if (error instanceof URIError) return new Problem(400, 'bad-request', 'The address is not valid');
  if (error instanceof HttpException && error.getStatus() < 500) {
    return new Problem(error.getStatus(), 'bad-request', error.message);
  }
  failed(error);
  return new Problem(500, 'fault', "Internal server error; see the server's log");
}

/** What Node throws when it reads the body of a client that has disconnected: not our fault, and nobody reads the answer. */
const isAborted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNRESET' && error.message === 'aborted';

/** All that the API's controllers throw. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly failed: (error: unknown) => void) {}

  catch(error: unknown, host: ArgumentsHost): void {
    answerProblem(host.switchToHttp().getResponse<Answer>(), error, this.failed);
  }
}
