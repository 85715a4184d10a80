import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteSecret, Shipmate, Stage, SyntheticHost, until } from '#testing';
import { Api, type Answer } from './broker.fixture.js';
import { schemaFaults } from './json-schema.fixture.js';

type Json = Record<string, unknown>;

const own = new Stage();
let shipmate: Shipmate;
let api: Api;
let description: Json;

beforeAll(async () => {
  shipmate = await own.add(Shipmate.start());
  api = Api.of(shipmate);
  await api.userWithKey('ada');
  description = (await api.as(undefined).call('GET', '/openapi.json')).body;
});
afterAll(async () => {
  await own.clear();
});

const schemas = (): Json => (description['components'] as { schemas: Json }).schemas;

/** Values that fit a schema, most of the time. */
function arbitrary(schema: Json): fc.Arbitrary<unknown> {
  const { $ref, type, properties, enum: values } = schema;
  if (typeof $ref === 'string') return arbitrary(schemas()[$ref.split('/').at(-1) ?? ''] as Json);
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  if (type === 'object') {
    const fields = Object.entries((properties ?? {}) as Record<string, Json>);
    return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, arbitrary(field)])), { requiredKeys: [] });
  }
  if (type === 'integer') return fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer(), fc.double());
  const known = fc.constantFrom('ada', 'site', '1-0', 'nobody', '00000000-0000-4000-8000-000000000000');
  return fc.oneof(known, known, fc.string({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 20 }));
}

/** Whether an answer is what its operation describes: its body, its type, and an error as a problem. */
function expectDescribed({ status, body, headers }: Answer, responses: Json): void {
  const response = (responses[String(status)] ?? responses['404']) as { content?: Record<string, { schema: Json }> };
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  if (status >= 400) expect(type).toBe('application/problem+json');
  if (response.content === undefined) {
    expect(body).toEqual({});
    return;
  }
  expect(Object.keys(response.content)).toContain(type);
  expect(schemaFaults(body, response.content[type]?.schema ?? {}, schemas())).toEqual([]);
  if (status >= 400) expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:shipmate:problem:/) });
}

/** What a hostile client sends where `fitting` is expected. */
const hostile = (fitting: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fitting.map((value) => JSON.stringify(value)) },
    fc.json(),
    fc.string(),
    fc.constantFrom('', 'null', '[]', '{"__proto__":{"admin":true}}', '[['.repeat(2_000), '{"name":"\\ud800"}'),
  );

describe('the API, by its own description', () => {
  it('describes every operation with its problems, and names no schema that is not there', () => {
    const text = JSON.stringify(description);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(schemas()).toHaveProperty([name ?? '']);
    expect(text).not.toContain('$defs');
    const operations = Object.values(description['paths'] as Record<string, Record<string, Json>>).flatMap(
      Object.values,
    );
    expect(operations.length).toBeGreaterThanOrEqual(31);
    // Machines show the token of their job instead.
    for (const operation of operations as Json[])
      expect(operation).toMatchObject({
        operationId: expect.any(String),
        ...(operation['operationId'] === 'exchange' ? {} : { security: [{ bearer: [] }] }),
      });
  });

  /** The reaper may not have gone its first round; a request to join is shown to whoever has its link. */
  const OTHERWISE: Readonly<Record<string, number>> = { '/v1/reaper': 404, '/v1/access-request': 403 };

  it('gives every list and thing that is there as it describes it', async () => {
    const host = await own.add(SyntheticHost.start({ port: shipmate.sshPort }));
    await host.token();
    await api.call('POST', '/tokens', { scope: 'read' });
    const described = description['paths'] as Record<string, Record<string, Json>>;
    const session = String((await api.list('/sessions'))[0]?.['id']);
    for (const [path, { get }] of Object.entries(described)) {
      if (get === undefined) continue;
      const at = path.replace('/v1', '').replace('{session}', session).replace('{user}', 'ada');
      const answer = await api.call('GET', at);
      expect([200, OTHERWISE[path]]).toContain(answer.status);
      expectDescribed(answer, get['responses'] as Json);
    }
  });

  it('says where something new is, and lets nobody keep an answer with a secret', async () => {
    const user = await api.call('POST', '/users', { name: 'eve' });
    const key = await api.call('POST', '/users/eve/keys', { label: 'a test' });
    const token = await api.call('POST', '/tokens', { scope: 'read' });
    noteSecret('an API key', String(key.body['key']));
    noteSecret("an operator's token", String(token.body['token']));
    expect([user, key, token].map(({ status, headers }) => [status, headers.get('location')])).toEqual([
      [201, '/v1/users/eve'],
      [201, `/v1/users/eve/keys/${String(key.body['id'])}`],
      [201, `/v1/tokens/${String(token.body['id'])}`],
    ]);
    for (const { headers } of [user, key, token, await api.call('GET', '/users')]) {
      expect(headers.get('cache-control')).toBe('no-store');
    }
    for (const { headers } of [key, token]) {
      const there = String(headers.get('location')).slice('/v1'.length);
      expect((await api.call('DELETE', there)).status).toBe(204);
    }
  });

  it.each(['http://elsewhere/v1/users', 'HTTP://x/V1/users', '/V1/users'])(
    'logs a request for %s as for any',
    async (target) => {
      const socket = connect(shipmate.httpPort, '127.0.0.1');
      own.onClear(() => socket.destroy());
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nConnection: close\r\n\r\n`,
      );
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      const [, id] = /x-request-id: (\S+)/i.exec(answer) ?? [];
      expect(id).toBeDefined();
      const record = await until(
        () => shipmate.log.find(({ event, request }) => event === 'api-request' && request === id),
        {
          what: 'the request to be logged',
        },
      );
      expect(record).toMatchObject({ operation: 'listUsers', status: 200 });
    },
  );

  it('answers whatever it is sent with what it describes: no fault, no hang', async () => {
    const calls = Object.entries(description['paths'] as Record<string, Record<string, Json>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path: path.replace('/v1', ''), method, operation })),
    );
    const call = fc.constantFrom(...calls).chain(({ path, method, operation }) => {
      const parameters = operation['parameters'] as { name: string; in: string; schema: Json }[];
      const content = (operation['requestBody'] as { content: Record<string, { schema: Json }> } | undefined)?.content;
      const body = content?.['application/json']?.schema;
      return fc.record({
        method: fc.constant(method.toUpperCase()),
        path: fc.constant(path),
        responses: fc.constant(operation['responses'] as Json),
        values: fc.record(Object.fromEntries(parameters.map((one) => [one.name, arbitrary(one.schema).map(String)]))),
        query: fc.constant(parameters.filter((one) => one.in === 'query').map((one) => one.name)),
        raw: fc.boolean(),
        body: body === undefined ? fc.constant(undefined) : hostile(arbitrary(body)),
      });
    });
    const property = fc.asyncProperty(call, async ({ method, path, responses, values, query, raw, body }) => {
      // An operator's own edges are not to be drained, nor the users removed that the others need.
      if (path.endsWith('/drain') && values['edge'] !== 'nobody') return;
      const encode = (text: string): string =>
        raw ? text.replace(/[^!-~]|[#?/\\]/g, '%zz') : encodeURIComponent(toWell(text));
      const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(values[name] ?? '') || 'x');
      const search = query.map((name) => `${name}=${encodeURIComponent(toWell(values[name] ?? ''))}`).join('&');
      const answer = await api.call(method, `${at}${search === '' ? '' : `?${search}`}`, body);
      const { status, headers } = answer;
      expect(status).toBeLessThan(500);
      if (status === 429) await pause(headers);
      else if (!raw && !/^(\.|%2e){1,2}$/i.test(at.split('/').at(-1) ?? '')) {
        expect([...Object.keys(responses), '404']).toContain(String(status));
        expectDescribed(answer, { 404: responses['400'] ?? {}, ...responses });
      } else if (status >= 400) expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    });
    await fc.assert(property, { numRuns: 600 });
    expect(shipmate.log.filter(({ event }) => event === 'api-fault')).toEqual([]);
  });

  it('says which methods an address takes', async () => {
    const { status, headers, body } = await api.call('PUT', '/users/ada');
    expect([status, headers.get('allow')]).toEqual([405, 'DELETE, GET, HEAD']);
    expect(body).toMatchObject({ type: 'urn:shipmate:problem:method-not-allowed', status: 405 });
  });

  it('lets an address that guesses tokens wait, and nobody else', async () => {
    // Addresses of their own: what the tests before this one asked for does not count against them.
    const guesses: number[] = [];
    const guessing = { localAddress: '127.0.0.9' };
    while (guesses.at(-1) !== 429 && guesses.length < 20) {
      guesses.push(await statusOf({ ...guessing, token: `guess-${guesses.length}` }));
    }
    expect(guesses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(guesses.at(-1)).toBe(429);
    expect(await statusOf(guessing)).toBe(401);
    expect(await statusOf({ localAddress: '127.0.0.10', token: api.token })).toBe(200);
  });
});

/** What an address gets that asks for the users. */
async function statusOf({ token, ...from }: { localAddress: string; token?: string | undefined }): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const asked = request({
    ...from,
    headers,
    host: '127.0.0.1',
    port: shipmate.httpPort,
    path: '/v1/users',
    agent: false,
  });
  const [response] = (await once(asked.end(), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

/** Waits as long as a refused request should. */
const pause = async (headers: Headers): Promise<void> =>
  await new Promise((resolve) => setTimeout(resolve, Number(headers.get('retry-after')) * 1000));

/** `encodeURIComponent` takes no lone surrogates. */
const toWell = (text: string): string => text.replace(/[\ud800-\udfff]/g, '?');
