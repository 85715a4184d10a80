import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tmateConf } from '#edge';
import { ATTRIBUTES, SPANS } from '#kernel';
import { HostKeys } from '#ssh';
import {
  cleanEnv,
  freePort,
  RedisServer,
  run,
  Shipmate,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  tempDir,
  TmateHost,
  until,
} from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { Collector, type ExportedSpan } from './collector.fixture.js';

const SECRET = 'a-secret-that-the-whole-fleet-shares';
const COLLECTORS_KEY = 'what-the-collector-wants-to-see';

const own = new Stage();
let collector: Collector;
let broker: Shipmate;
/** The host's, which speaks OTLP's JSON, and the joiner's, which speaks protobuf. */
let home: Shipmate;
let away: Shipmate;
let api: Api;
let keysDir: string;
const hooks: NodeJS.Dict<string | string[]>[] = [];

/** A broker and two edges on one Redis, a receiver of webhooks, and a collector. */
beforeAll(async () => {
  const receiver = createServer((request, response) => {
    hooks.push(request.headers);
    request.resume().on('end', () => response.end());
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  own.onClear(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  collector = await own.add(Collector.start());
  const redis = await own.add(RedisServer.start());
  const port = await freePort();
  const keys = tempDir('smt');
  own.onClear(() => keys.dispose());
  keysDir = keys.path;
  const env = {
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: SECRET,
    SHIPMATE_ADMIN_TOKEN: SECRET,
    SHIPMATE_BROKER_URL: `http://127.0.0.1:${port}`,
    SHIPMATE_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    SHIPMATE_DRAIN_SECONDS: '1',
    SHIPMATE_LOG_ADDRESSES: 'hashed',
    SHIPMATE_HOST_KEYS_DIR: keys.path,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${COLLECTORS_KEY}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  };
  const starting = own.add(Shipmate.start({ app: 'broker', env: { ...env, SHIPMATE_BROKER_PORT: `${port}` } }));
  // The first one makes the keys.
  home = await own.add(Shipmate.start({ app: 'ssh-edge', env }));
  const other = { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_SERVICE_NAME: 'another-edge' };
  away = await own.add(Shipmate.start({ app: 'ssh-edge', env: other }));
  broker = await starting;
  api = new Api(`http://127.0.0.1:${broker.httpPort}`, SECRET);
}, 120_000);
afterAll(async () => {
  await own.clear();
});

/** Waits for a span that `fits`. */
const toCome = async (name: string, fits: (span: ExportedSpan) => boolean = () => true): Promise<ExportedSpan> =>
  await until(() => collector.named(name).find(fits), { what: `a span ${name}`, deadlineMs: 20_000 });
const isPartOf =
  (parent: ExportedSpan) =>
  (span: ExportedSpan): boolean =>
    span.traceId === parent.traceId && span.parentSpanId === parent.spanId;
const isFor =
  (session: string) =>
  (span: ExportedSpan): boolean =>
    span.attributes['shipmate.session.id'] === session;

describe('traces', () => {
  it('tell how a host, a joiner at another edge, a request and a webhook came to what they wanted', async () => {
    const key = await api.userWithKey('ada');
    const conf = `set -g tmate-api-key "${key}"\nset -g tmate-session-name "site"`;
    const host = await own.add(TmateHost.start({ serverConf: await confOf(home), conf }));
    await host.waitReady();
    const token = await host.token();
    const open = await toCome('session.open');
    const session = String(open.attributes['shipmate.session.id']);
    const connect = await toCome('host.connect', isFor(session));
    expect(connect).toMatchObject({
      parentSpanId: '',
      kind: 2,
      code: 0,
      resource: {
        'service.name': 'shipmate-ssh-edge',
        'service.namespace': 'shipmate',
        'deployment.environment.name': 'test',
        'shipmate.region': 'local',
      },
      attributes: { 'network.protocol.name': 'ssh', 'client.address': expect.stringMatching(/^[\w-]{8}$/) },
    });
    expect(open).toMatchObject({
      parentSpanId: connect.spanId,
      attributes: { 'shipmate.session.origin': 'new', 'shipmate.generation': 1 },
    });
    const handshake = await toCome('ssh.handshake', isPartOf(connect));
    const authentication = await toCome('ssh.authenticate', isPartOf(connect));
    expect(handshake.start).toBe(connect.start);
    expect(authentication.start).toBe(handshake.end);
    expect(open.start >= authentication.end && connect.end >= open.end).toBe(true);
    await toCome('session.claim', isPartOf(open));
    // The edge asked the broker whose the key is, as a part of it.
    const asked = await toCome('POST /internal/v1/api-keys/find', ({ kind }) => kind === 3);
    expect(asked).toMatchObject({ traceId: connect.traceId, attributes: { 'http.response.status_code': 200 } });
    const answered = await toCome('POST /internal/v1/api-keys/find', isPartOf(asked));
    expect(answered).toMatchObject({ kind: 2, resource: { 'service.name': 'shipmate-broker' } });

    const joiner = await own.add(SyntheticJoiner.start({ port: away.sshPort, token }));
    await joiner.screen.toShow('$');
    const join = await toCome('join');
    expect(join).toMatchObject({
      parentSpanId: '',
      kind: 2,
      attributes: { 'shipmate.session.id': session, 'shipmate.route': 'relay', 'shipmate.participant.role': 'writer' },
      resource: { 'service.name': 'another-edge' },
    });
    expect(await toCome('session.find', ({ traceId }) => traceId === join.traceId)).toMatchObject({
      attributes: { 'shipmate.target': 'session', 'shipmate.route': 'relay' },
    });
    const enter = await toCome('session.enter', isPartOf(join));
    const follow = await toCome('relay.follow', isPartOf(enter));
    const admit = await toCome('relay.admit', isPartOf(follow));
    expect(admit).toMatchObject({
      traceId: join.traceId,
      attributes: {
        'shipmate.session.id': session,
        'shipmate.participant.id': join.attributes['shipmate.participant.id'],
      },
      resource: { 'service.name': 'shipmate-ssh-edge' },
    });

    // Each webhook tells where its event came from.
    const of = (type: string) => (span: ExportedSpan) => span.attributes['shipmate.webhook.type'] === type;
    const register = await toCome('webhook.deliver', of('session_register'));
    expect(register).toMatchObject({ parentSpanId: '', kind: 3, links: [{ spanId: open.spanId }] });
    expect(register.traceId).not.toBe(connect.traceId);
    const joined = await toCome('webhook.deliver', of('session_join'));
    expect(joined.links).toEqual([{ traceId: join.traceId, spanId: admit.spanId }]);
    expect(hooks.map(({ traceparent }) => traceparent)).toContain(`00-${joined.traceId}-${joined.spanId}-01`);

    // The broker asks both edges, as parts of a request that goes on with its caller's trace.
    const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    const response = await fetch(`http://127.0.0.1:${broker.httpPort}/v1/sessions/${session}`, {
      headers: { authorization: `Bearer ${SECRET}`, traceparent: `00-${caller.traceId}-${caller.spanId}-01` },
    });
    expect(response.status).toBe(200);
    const request = await toCome('GET /v1/sessions/{session}');
    expect(request).toMatchObject({
      traceId: caller.traceId,
      parentSpanId: caller.spanId,
      kind: 2,
      attributes: { 'http.response.status_code': 200, 'shipmate.request.id': response.headers.get('x-request-id') },
    });
    await until(() => collector.named('control.do').filter(({ traceId }) => traceId === caller.traceId).length === 2, {
      what: 'what both edges did',
    });
    for (const done of collector.named('control.do')) {
      expect(collector.named('control.ask').map(({ spanId }) => spanId)).toContain(done.parentSpanId);
    }

    // Log lines are found by a trace, and a trace by log lines.
    expect(home.log.find(({ event }) => event === 'session-opened')).toMatchObject({
      trace_id: open.traceId,
      span_id: open.spanId,
    });
    expect(away.log.find(({ event }) => event === 'joined')).toMatchObject({ trace_id: join.traceId });

    expect(collector.requests.map(({ path }) => path)).toEqual(collector.requests.map(() => '/v1/traces'));
    expect(new Set(collector.requests.map(({ type }) => type))).toEqual(
      new Set(['application/json', 'application/x-protobuf']),
    );
    for (const { headers } of collector.requests) expect(headers['x-api-key']).toBe(COLLECTORS_KEY);
    // What is secret, or names a client, is in no byte of them.
    const secrets = [token, await host.token('read'), key, SECRET, COLLECTORS_KEY, 'ada/site', '127.0.0.1:'];
    for (const secret of secrets) expect(collector.received).not.toContain(secret);
  });

  it('tell why somebody was not let in, by a code', async () => {
    const joiner = await own.add(SyntheticJoiner.start({ port: home.sshPort, token: 'nobodyhasthistoken0000000' }));
    await until(() => joiner.exitStatus === 1, { what: 'the refusal' });
    const join = await toCome('join', ({ message }) => message === 'not-found');
    expect(join).toMatchObject({ code: 2, attributes: { 'error.type': 'not-found' } });
    expect(collector.received).not.toContain('nobodyhasthistoken');
    const { status } = await api.as('wrong').call('GET', '/sessions');
    expect(status).toBe(401);
    // The caller's fault, not the server's.
    const refused = await toCome(
      'GET /v1/sessions',
      ({ attributes }) => attributes['http.response.status_code'] === 401,
    );
    expect(refused.code).toBe(0);
  });

  it('say nothing but what the page of spans says', () => {
    const titles = /^(GET|POST|DELETE)( |$)/;
    for (const { name, kind, attributes } of collector.spans) {
      const known = titles.test(name) ? (kind === 2 ? 'http.server' : 'http.client') : name;
      const span = SPANS[known as keyof typeof SPANS];
      expect(span, name).toBeDefined();
      const allowed: readonly string[] = [...span.attributes, 'error.type'];
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(attributes)));
    }
  });

  it('cost neither hosts nor joiners anything when the collector fails, is slow, or is away', async () => {
    const share = async (): Promise<void> => {
      const host = await own.add(SyntheticHost.start({ port: home.sshPort }));
      const joiner = await own.add(SyntheticJoiner.start({ port: home.sshPort, token: await host.token() }));
      await until(() => joiner.bytes > 0, { what: 'a screen' });
    };
    collector.status = 500;
    await share();
    expect(await home.toLog('traces-lost', 20_000)).toMatchObject({ why: 'the collector answered 500' });
    expect(await home.metric('shipmate_trace_spans_total{result="failed"}')).toBeGreaterThan(0);
    collector.status = 200;
    await share();
    expect(await home.toLog('traces-taken', 20_000)).toMatchObject({ lost: expect.any(Number) });
    expect(home.log.filter(({ event }) => event === 'traces-lost')).toHaveLength(1);

    collector.status = undefined;
    await share();
    // A process that stops does not wait for it for long.
    await collector.stop();
    await share();
    expect(await home.halt()).toMatchObject({ status: 0 });
    // What waits for Redis at that moment may be logged after it.
    expect(home.log.map(({ event }) => event)).toContain('stopped');
  });

  it('are not there without an endpoint: nothing of them is loaded', async () => {
    const dir = tempDir('smt');
    own.onClear(() => dir.dispose());
    const loaded = dir.file('loaded');
    writeFileSync(loaded, '');
    // Notes each module that is asked for; only these hooks see them all.
    const hook = `import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  appendFileSync(${JSON.stringify(loaded)}, found.url + '\\n');
  return found;
}`;
    writeFileSync(dir.file('hook.mjs'), hook);
    writeFileSync(
      dir.file('register.mjs'),
      `import { register } from 'node:module';\nregister(${JSON.stringify(`file://${dir.file('hook.mjs')}`)});`,
    );
    const built = (file: string): string =>
      JSON.stringify(new URL(`../../dist/libs/platform/src/${file}`, import.meta.url).href);
    // What every role does at its start; all of what they share is loaded in the first case.
    writeFileSync(
      dir.file('start.mjs'),
      `import { readTraceConfig } from ${built('tracing/trace-config.js')};
import { openTracing } from ${built('tracing/tracing.js')};
if (process.argv[2] === 'all') await import(${built('index.js')});
const { tracing: config } = readTraceConfig(process.env);
await openTracing({ config, role: 'x', region: 'x', clock: {} });
process.exit(0);`,
    );
    const load = async (env: Record<string, string>, what: 'all' | 'traces'): Promise<string> => {
      writeFileSync(loaded, '');
      const args = ['--import', dir.file('register.mjs'), dir.file('start.mjs'), what];
      await run(process.execPath, args, { cwd: dir.path, env: cleanEnv(dir.path, env), deadlineMs: 60_000 });
      return readFileSync(loaded, 'utf8');
    };
    const without = await load({ OTEL_SERVICE_NAME: 'of-no-use', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'all');
    expect(without).toContain('libs/platform/src/tracing/tracing.js');
    // The API's package alone is prom-client's own.
    expect(without).not.toMatch(/otel-tracer|@opentelemetry\/(?!api\/)/);
    const on = await load({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, 'traces');
    expect(on).toMatch(/otel-tracer/);
    expect(on).toMatch(/exporter-trace-otlp-proto/);
    expect(on).not.toMatch(/exporter-trace-otlp-http/);
  });
});

describe('the page of spans', () => {
  it('uses every attribute that it explains', () => {
    const used = new Set(Object.values(SPANS).flatMap(({ attributes }): readonly string[] => attributes));
    expect(Object.keys(ATTRIBUTES).toSorted()).toEqual([...used, 'error.type'].toSorted());
  });
});

/** What a user's configuration says of an edge; only `serve` writes it. */
async function confOf(edge: Shipmate): Promise<string> {
  const { fingerprints } = await HostKeys.load(keysDir);
  const conf = edge.dir.file('tmate.conf');
  writeFileSync(conf, tmateConf({ sshHost: '127.0.0.1', sshPublicPort: edge.sshPort }, fingerprints));
  return conf;
}
