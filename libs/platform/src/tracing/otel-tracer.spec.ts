import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { NO_SPAN, traced } from '#kernel';
import { loadConfig } from '#platform';
import { SdkTracer } from './otel-tracer.js';

let ended: ReadableSpan[];

function tracerWith(env: Record<string, string> = {}): SdkTracer {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const config = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...env }).tracing;
  if (config === undefined) throw new Error('nothing is traced');
  return new SdkTracer({
    config,
    serviceName: 'shipmate-ssh-edge',
    region: 'nyc1',
    addressText: (address) => `hash of ${address}`,
    processor: {
      onStart: () => undefined,
      onEnd: (span) => void (Number(TraceFlags.SAMPLED) === span.spanContext().traceFlags && ended.push(span)),
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    },
  });
}

const idsOf = (span: ReadableSpan | undefined) => ({
  trace: span?.spanContext().traceId,
  id: span?.spanContext().spanId,
  parent: span?.parentSpanContext?.spanId,
});

beforeEach(() => {
  ended = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('SdkTracer', () => {
  it('makes what is started within a span a part of it, also after a wait', async () => {
    const tracer = tracerWith();
    await traced(tracer, 'join', {}, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await traced(tracer, 'session.find', {}, async () => undefined);
    });
    const [find, join] = ended;
    expect(idsOf(find)).toMatchObject({ trace: idsOf(join).trace, parent: idsOf(join).id });
    expect(idsOf(join).parent).toBeUndefined();
    expect(ended.map(({ name }) => name)).toEqual(['session.find', 'join']);
  });

  it('takes what comes after the end of a span for no part of it', () => {
    const tracer = tracerWith();
    const span = tracer.start('join');
    tracer.within(span, () => {
      expect(tracer.active).toBe(span);
      expect(tracer.ids).toEqual({
        trace_id: idsOf(ended[0]).trace ?? expect.any(String),
        span_id: expect.any(String),
      });
      span.end();
      expect(tracer.active).toBe(NO_SPAN);
      expect(tracer.ids).toBeUndefined();
      tracer.start('session.find').end();
    });
    expect(idsOf(ended[1]).trace).not.toBe(idsOf(ended[0]).trace);
    // A second end, or a word after it, changes nothing.
    span.set({ 'shipmate.route': 'relay' });
    span.end();
    expect(ended).toHaveLength(2);
    expect(ended[0]?.attributes).toEqual({});
  });

  it('continues the trace of another process, and ignores invalid ones', () => {
    const tracer = tracerWith();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const span = tracer.start('relay.admit', { parent: traceparent });
    expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    span.end();
    tracer.start('relay.admit', { parent: 'anything' }).end();
    tracer.within(tracer.start('join'), () => tracer.start('webhook.deliver', { parent: 'none' }).end());
    expect(idsOf(ended[0])).toMatchObject({ trace: '0af7651916cd43dd8448eb211c80319c', parent: 'b7ad6b7169203331' });
    expect(ended.slice(1).map((one) => idsOf(one).parent)).toEqual([undefined, undefined]);
  });

  it('tells addresses as it is told to, and leaves out what is not known', () => {
    const tracer = tracerWith();
    const span = tracer.start('join', { attributes: { 'client.address': '192.0.2.7', 'shipmate.route': undefined } });
    span.set({ 'shipmate.connection.id': 7, 'user_agent.original': 'x'.repeat(1000) });
    span.fail('not-found');
    span.rename('another');
    span.end();
    expect(ended[0]).toMatchObject({
      name: 'another',
      attributes: {
        'client.address': 'hash of 192.0.2.7',
        'shipmate.connection.id': 7,
        'user_agent.original': 'x'.repeat(256),
        'error.type': 'not-found',
      },
      status: { code: 2, message: 'not-found' },
    });
    expect(Object.keys(ended[0]?.attributes ?? {})).not.toContain('shipmate.route');
  });

  it('links to what a span has to do with, and to nothing that is no span', () => {
    const tracer = tracerWith();
    const links = ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'no'];
    tracer.start('webhook.deliver', { links }).end();
    expect(ended[0]?.links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
  });

  it('tells spans of the past', () => {
    const tracer = tracerWith();
    const at = tracer.now() - 5000;
    tracer.start('ssh.handshake', { startedAt: at }).end(at + 1500);
    expect(ended[0]?.duration).toEqual([1, 500_000_000]);
  });

  it('follows the clock of the system when that is set', () => {
    const tracer = tracerWith();
    expect(Math.abs(tracer.now() - Date.now())).toBeLessThan(20);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2040, 0, 1) });
    expect(tracer.now()).toBe(Date.UTC(2040, 0, 1));
    expect(tracer.now() - Date.UTC(2040, 0, 1)).toBeLessThan(1000);
  });

  it.each([
    ['always_off', undefined, 0, 0],
    ['always_on', undefined, 1, 1],
    ['parentbased_always_on', undefined, 1, 0],
    ['parentbased_always_off', undefined, 0, 0],
    ['traceidratio', '0', 0, 0],
    ['parentbased_traceidratio', '1', 1, 0],
  ])('keeps of %s what is to be kept', (sampler, arg, own, ofUnkept) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, ...(arg === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: arg }) };
    const tracer = tracerWith(env);
    const span = tracer.start('join');
    // What is not kept here is not kept elsewhere either.
    expect(span.traceparent?.endsWith('-01')).toBe(own === 1);
    span.end();
    expect(ended).toHaveLength(own);
    ended = [];
    tracer.start('join', { parent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' }).end();
    expect(ended).toHaveLength(ofUnkept);
  });

  it('says which process it is of; what is set for it goes first', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,shipmate.region=b', OTEL_SERVICE_NAME: 'c' };
    tracerWith().start('join').end();
    tracerWith(env).start('join').end();
    expect(ended[0]?.resource.attributes).toMatchObject({
      'service.name': 'shipmate-ssh-edge',
      'service.namespace': 'shipmate',
      'shipmate.region': 'nyc1',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(ended[1]?.resource.attributes).toMatchObject({ 'service.name': 'c', 'shipmate.region': 'b' });
  });
});
