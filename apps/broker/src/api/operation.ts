import {
  applyDecorators,
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  Post,
  Put,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import { z } from 'zod';
import type { Caller, CallerScope } from '../callers.js';
import { PATH_PARTS } from '../schemas.js';

/** One operation of the API: all that its checks and its description need. */
export interface OperationSpec {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below `/v1`, with parameters in braces: `/users/{user}`. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** The weakest scopes that may; `admin` always may. Empty: anybody, without a token. */
  readonly scopes: readonly CallerScope[];
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: z.ZodType;
  /** The type of an answer that is not JSON. */
  readonly answerType?: string;
  /** Statuses of problems, besides those that every operation may have. */
  readonly problems?: readonly number[];
}

/** What `getOperation` and the others take; what is left out follows from the rest. */
type OperationParts = Pick<OperationSpec, 'scopes' | 'query' | 'body' | 'answer' | 'answerType' | 'problems'> & {
  /** By default 200 with an answer, and 204 without one. */
  readonly status?: OperationSpec['status'];
};
type PathPart<P extends string> = P extends `${string}{${infer N}}${infer Rest}` ? N | PathPart<Rest> : never;

/** Makes an operation's specification. One with parameters in its path may always answer 404. */
const operation =
  (method: OperationSpec['method']) =>
  <const P extends string, const S extends OperationParts>(path: P, id: string, summary: string, parts: S) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof PATH_PARTS);
    return {
      method,
      path,
      id,
      summary,
      ...parts,
      status: parts.status ?? (parts.answer === undefined && parts.answerType === undefined ? 204 : 200),
      ...(names.length === 0
        ? {}
        : { params: z.object(Object.fromEntries(names.map((one) => [one, PATH_PARTS[one]]))) }),
      problems: [...(names.length === 0 ? [] : [404]), ...(parts.problems ?? [])],
    } as const;
  };
export const getOperation = operation('get');
export const postOperation = operation('post');
export const putOperation = operation('put');
export const deleteOperation = operation('delete');

/** What an operation's handler gets: as its schemas read the request. */
export interface Input<S extends OperationSpec> {
  readonly params: Readonly<Record<PathPart<S['path']>, string>>;
  readonly query: S['query'] extends z.ZodType ? z.output<S['query']> : Record<string, never>;
  readonly body: S['body'] extends z.ZodType ? z.output<S['body']> : undefined;
}

export const OPERATION = 'shipmate:operation';

/** A request after its checks. */
export interface CheckedRequest {
  /** The operation's id, for the log: a path may hold what a caller mistook for an id. */
  shipmateOperation?: string;
  /** The operation's route, with parameters in braces. */
  shipmateRoute?: string;
  shipmateInput?: unknown;
  shipmateCaller?: Caller | undefined;
}

const ROUTES = { get: Get, post: Post, put: Put, delete: Delete };

/** Makes a controller's method the handler of an operation. */
export function Operation(spec: OperationSpec): MethodDecorator {
  const route = ROUTES[spec.method](`v1${spec.path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  return applyDecorators(route, HttpCode(spec.status), SetMetadata(OPERATION, spec));
}

/** The checked request, for a handler's parameter of type `Input<typeof SPEC>`. */
export const Checked = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<CheckedRequest>().shipmateInput,
);

/** The caller. */
export const By = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<CheckedRequest>().shipmateCaller,
);
