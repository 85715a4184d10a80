import { describe, expect, it } from 'vitest';
import { loadConfig } from '#platform';
import { faults } from '../config-faults.fixture.js';
import { pairsIn } from './trace-config.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the configuration of traces', () => {
  it('is as the specification has it by default', () => {
    expect(loadConfig(ENDPOINT).tracing).toEqual({
      protocol: 'http/protobuf',
      sampler: 'parentbased_always_on',
      ratio: 1,
    });
  });

  it('prefers settings for traces to general ones', () => {
    const { tracing } = loadConfig({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    });
    expect(tracing?.protocol).toBe('http/json');
    const faulty = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'other:1' };
    expect(faults(faulty)).toMatch(/OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be a URL/);
  });

  it('takes the part that is kept', () => {
    const { tracing } = loadConfig({
      ...ENDPOINT,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    expect(tracing).toMatchObject({ sampler: 'parentbased_traceidratio', ratio: 0.25 });
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

describe('pairsIn', () => {
  it('reads what W3C Baggage writes', () => {
    expect(pairsIn(' a = 1 ,b=x=y,, c=%2C')).toEqual([
      ['a', '1'],
      ['b', 'x=y'],
      ['c', ','],
    ]);
    expect(pairsIn('')).toEqual([]);
    for (const text of ['a', '=1', 'a=%', 'a=1,b']) expect(pairsIn(text)).toBeUndefined();
  });
});
