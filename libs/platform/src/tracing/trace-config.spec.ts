import { describe, expect, it } from 'vitest';
import { loadConfig } from '#platform';
import { faults } from '../config-faults.fixture.js';
import { readPairs } from './trace-config.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the configuration of traces', () => {
  it('is as the specification has it by default', () => {
    expect(loadConfig(ENDPOINT).tracing).toEqual({
      url: 'http://collector:4318/v1/traces',
      protocol: 'http/protobuf',
      headers: undefined,
      serviceName: undefined,
      resource: {},
      sampler: { kind: 'on', parentBased: true },
      ratio: 1,
    });
  });

  it.each([
    ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['https://collector.example.org/otlp', 'https://collector.example.org/otlp/v1/traces'],
  ])('puts the path behind %s', (OTEL_EXPORTER_OTLP_ENDPOINT, url) => {
    expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT }).tracing?.url).toBe(url);
  });

  it('lets what is said of traces alone go before what is said of everything', () => {
    const { tracing } = loadConfig({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other:1/as/it/is',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer%20b',
    });
    expect(tracing).toMatchObject({ url: 'http://other:1/as/it/is', protocol: 'http/json' });
    expect(tracing?.headers?.reveal()).toBe('authorization=Bearer%20b');
    expect(JSON.stringify(tracing)).not.toContain('Bearer');
  });

  it('takes the name, what else is said, and the part that is kept', () => {
    const { tracing } = loadConfig({
      ...ENDPOINT,
      OTEL_SERVICE_NAME: 'share',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,team=a%20b',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    expect(tracing).toMatchObject({
      serviceName: 'share',
      resource: { 'deployment.environment.name': 'prod', team: 'a b' },
      sampler: { kind: 'ratio', parentBased: true },
      ratio: 0.25,
    });
  });

  it.each([
    {},
    { OTEL_SERVICE_NAME: 'share', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'jaeger_remote' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
  ])('is not there with %j, whatever the others say', (env: Record<string, string>) => {
    expect(loadConfig(env).tracing).toBeUndefined();
  });

  it('names every fault, and shows no header', () => {
    const text = faults({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'the-key-alone',
      OTEL_RESOURCE_ATTRIBUTES: 'a=%zz',
      OTEL_TRACES_SAMPLER: 'constructor',
      SHIPMATE_SSH_PORT: '8080',
    });
    expect(text).toMatch(/SHIPMATE_SSH_PORT and SHIPMATE_HTTP_PORT must differ/);
    expect(text).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT must be a URL/);
    expect(text).toMatch(/OTEL_EXPORTER_OTLP_PROTOCOL must be one of http\/protobuf, http\/json, not "grpc"/);
    expect(text).toMatch(/OTEL_EXPORTER_OTLP_HEADERS must be a list/);
    expect(text).toMatch(/OTEL_RESOURCE_ATTRIBUTES must be a list/);
    expect(text).toMatch(/OTEL_TRACES_SAMPLER must be one of always_on, .*, not "constructor"/);
    expect(text).not.toContain('the-key-alone');
  });

  it.each(['-0.1', '1.5', 'half'])('wants a part from 0 to 1, not %s', (OTEL_TRACES_SAMPLER_ARG) => {
    const env = { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG };
    expect(faults(env)).toMatch(/OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1/);
    // It means nothing to the others.
    expect(faults({ ...env, OTEL_TRACES_SAMPLER: 'always_on' })).toBe('no fault');
  });

  it.each(['a b=c', 'a=x%0Ay'])('wants headers that can be sent, not %s', (OTEL_EXPORTER_OTLP_HEADERS) => {
    expect(faults({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS })).toMatch(/OTEL_EXPORTER_OTLP_HEADERS/);
  });
});

describe('readPairs', () => {
  it('reads what W3C Baggage writes', () => {
    expect(readPairs(' a = 1 ,b=x=y,, c=%2C')).toEqual({ a: '1', b: 'x=y', c: ',' });
    expect(readPairs('')).toEqual({});
    for (const text of ['a', '=1', 'a=%', 'a=1,b']) expect(readPairs(text)).toBeUndefined();
  });
});
