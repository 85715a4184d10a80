import { z } from 'zod';
import type { Type } from '@nestjs/common';
import { ProblemBody } from '../schemas.js';
import { OPERATION, type OperationSpec } from './operation.js';

type Json = Record<string, unknown>;

const DESCRIPTION =
  'Users, API keys, names, sessions, edges and events of a Shipmate fleet. Errors are problem details (RFC 9457). ' +
  'Send a token as `Authorization: Bearer TOKEN`: `SHIPMATE_ADMIN_TOKEN`, an operator’s token, a user’s API key, or a host’s secret.';

/** What every operation that wants a token may answer. */
const ALWAYS = [400, 401, 403, 429, 503];

/** The operations of controllers, in the order of their methods. */
export function operationsOf(controllers: readonly Type[]): OperationSpec[] {
  return controllers.flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler: unknown = (prototype as Json)[name];
      return typeof handler === 'function'
        ? ((Reflect.getMetadata(OPERATION, handler) as OperationSpec | undefined) ?? [])
        : [];
    }),
  );
}

/** The OpenAPI 3.1 description of operations; schemas with an id become components. */
export function describeApi(operations: readonly OperationSpec[], version: string): Json {
  const schemas: Json = {};
  const schemaOf = (type: z.ZodType, io: 'input' | 'output'): Json => {
    const {
      $defs = {},
      $schema: _,
      ...schema
    } = z.toJSONSchema(type, { io, reused: 'inline' }) as Json & { $defs?: Json };
    const { id } = schema as { id?: unknown };
    for (const [name, def] of Object.entries($defs)) schemas[name] = toComponent(def);
    if (typeof id !== 'string') return toComponent(schema) as Json;
    schemas[id] = toComponent(schema);
    return { $ref: `#/components/schemas/${id}` };
  };
  const paths: Record<string, Json> = {};
  for (const spec of operations) (paths[`/v1${spec.path}`] ??= {})[spec.method] = describe(spec, schemaOf);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Shipmate',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Wherever this was read from.
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    paths,
    components: { schemas, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

/** The subject of an operation: the first word of its path. */
const tagOf = ({ path }: OperationSpec): string => path.split('/')[1] ?? '';

function describe(spec: OperationSpec, schemaOf: (type: z.ZodType, io: 'input' | 'output') => Json): Json {
  const problems = [
    ...(spec.scopes.length === 0 ? [429] : ALWAYS),
    ...(spec.body ? [413] : []),
    ...(spec.problems ?? []),
  ];
  const problem = { 'application/problem+json': { schema: schemaOf(ProblemBody, 'output') } };
  const answer = spec.answer
    ? { content: { 'application/json': { schema: schemaOf(spec.answer, 'output') } } }
    : spec.answerType && { content: { [spec.answerType]: { schema: { type: 'string' } } } };
  const scopes = spec.scopes.length === 0 ? 'anybody' : [...new Set(['admin', ...spec.scopes])].join(', ');
  return {
    operationId: spec.id,
    tags: [tagOf(spec)],
    summary: spec.summary,
    description: `For ${scopes}.`,
    ...(spec.scopes.length === 0 ? {} : { security: [{ bearer: [] }] }),
    parameters: [...parameters('path', spec.params), ...parameters('query', spec.query)],
    ...(spec.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(spec.body, 'input') } } } }
      : {}),
    responses: {
      [spec.status]: { description: 'Done', ...(answer ? answer : {}) },
      ...Object.fromEntries(
        [...new Set(problems)].map((status) => [status, { description: 'A problem', content: problem }]),
      ),
    },
  };
}

function parameters(where: 'path' | 'query', type: z.ZodObject | undefined): Json[] {
  if (type === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(type, { io: 'input' }) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** References among components, and no ids of zod's. */
function toComponent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toComponent);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, held]) => !(key === 'id' && typeof held === 'string'));
  return Object.fromEntries(
    entries.map(([key, held]) =>
      key === '$ref' && typeof held === 'string'
        ? [key, held.replace('#/$defs/', '#/components/schemas/')]
        : [key, toComponent(held)],
    ),
  );
}
