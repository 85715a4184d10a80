import type { IncomingMessage } from 'node:http';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { z } from 'zod';
import type { Quotas } from '#access';
import { addressKey } from '#address';
import type { ClientAddresses } from '#edge';
import type { Callers } from '../callers.js';
import { OPERATION, type CheckedRequest, type OperationSpec } from './operation.js';
import { Problem, type ProblemDetail } from './problem.js';

/** Larger than any request has reason to be. */
const MAX_BODY = 16 * 1024;

type Request = IncomingMessage &
  CheckedRequest & {
    readonly params: Readonly<Record<string, unknown>>;
    readonly query: Readonly<Record<string, unknown>>;
  };

/** Looks at a request before its handler does: how many there were, who asks, whether they may, what for. */
export class OperationGuard implements CanActivate {
  constructor(
    private readonly callers: Callers,
    private readonly requests: Pick<Quotas<'requests'>, 'take'>,
    private readonly addresses: Pick<ClientAddresses, 'of'>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const spec = Reflect.getMetadata(OPERATION, context.getHandler()) as OperationSpec | undefined;
    if (spec === undefined) return true;
    const request = context.switchToHttp().getRequest<Request>();
    request.shipmateOperation = spec.id;
    request.shipmateRoute = `/v1${spec.path}`;
    const address = addressKey(this.addresses.of(request));
    const exceeded = this.requests.take('requests', { address });
    if (exceeded !== undefined) {
      throw new Problem(429, 'too-many', 'You ask too often', { retryAfterMs: exceeded.retryAfterMs ?? 0 });
    }
    const caller = await this.callers.identify(request.headers, address);
    request.shipmateCaller = caller;
    if (spec.scopes.length > 0) {
      if (caller === undefined)
        throw new Problem(401, 'unauthorized', 'Give a valid token: Authorization: Bearer TOKEN');
      if (caller.scope !== 'admin' && !spec.scopes.includes(caller.scope)) {
        throw new Problem(403, 'forbidden', 'This token does not have the right to do that');
      }
    }
    const errors: ProblemDetail[] = [];
    const read = (part: string, schema: z.ZodType | undefined, value: unknown): unknown => {
      const result = schema?.safeParse(value);
      if (result === undefined) return part === 'body' ? undefined : {};
      if (result.success) return result.data;
      for (const { path, message } of result.error.issues) errors.push({ at: [part, ...path].join('.'), message });
      return undefined;
    };
    const input = {
      params: read('params', spec.params, request.params),
      query: read('query', spec.query, { ...request.query }),
      body: read('body', spec.body, spec.body === undefined ? undefined : await readBody(request)),
    };
    if (errors.length > 0) {
      throw new Problem(400, 'bad-request', 'The request does not match its description', {
        errors: errors.slice(0, 20),
      });
    }
    request.shipmateInput = input;
    return true;
  }
}

/** A JSON body. It is read here, after all other checks: what nobody may send is not taken in. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new Problem(413, 'too-large', `A request may have at most ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new Problem(400, 'bad-request', 'The body is not JSON');
  }
}
