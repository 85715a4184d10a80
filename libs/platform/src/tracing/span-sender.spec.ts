import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { GATHER_MS, MOST_AT_ONCE, MOST_WAITING, SpanSender } from './span-sender.js';

type Answer = Parameters<SpanExporter['export']>[1];

let batches: { spans: number; answer: Answer }[];
let counts: Record<string, number>;
let told: string[];
let sender: SpanSender;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  batches = [];
  counts = { exported: 0, failed: 0, dropped: 0 };
  told = [];
  const exporter: SpanExporter = {
    export: (spans, answer) => void batches.push({ spans: spans.length, answer }),
    shutdown: async () => undefined,
  };
  sender = new SpanSender(exporter, {
    counted: (result, count) => void (counts[result] = (counts[result] ?? 0) + count),
    trouble: (why) => void told.push(`trouble: ${why}`),
    well: (lost) => void told.push(`well after ${lost}`),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const span = (traceFlags: TraceFlags): ReadableSpan =>
  ({ spanContext: () => ({ traceFlags }), resource: { asyncAttributesPending: false } }) as unknown as ReadableSpan;
const add = (count: number): void => {
  for (let n = 0; n < count; n++) sender.onEnd(span(TraceFlags.SAMPLED));
};
async function answer(error?: Error): Promise<void> {
  batches.at(-1)?.answer(error === undefined ? { code: 0 } : { code: 1, error });
  // The batch processor looks at what waits a turn later.
  await new Promise((resolve) => setImmediate(resolve));
}
const gather = (): void => void vi.advanceTimersByTime(GATHER_MS);

describe('SpanSender', () => {
  it('gathers spans for a while, and sends those that are kept together', async () => {
    add(3);
    sender.onEnd(span(TraceFlags.NONE));
    expect(batches).toHaveLength(0);
    gather();
    expect(batches).toMatchObject([{ spans: 3 }]);
    await answer();
    expect(counts).toEqual({ exported: 3, failed: 0, dropped: 0 });
    expect(told).toEqual([]);
  });

  it('sends many at once, one request at a time', async () => {
    add(MOST_AT_ONCE + 5);
    gather();
    expect(batches).toMatchObject([{ spans: MOST_AT_ONCE }]);
    await answer();
    gather();
    expect(batches[1]).toMatchObject({ spans: 5 });
  });

  it('drops what there is no room for, counts it, and warns once', async () => {
    add(MOST_WAITING + 10);
    expect(counts['dropped']).toBe(10);
    expect(told).toEqual(['trouble: there were more spans than the collector accepted']);
    await answer();
    expect(told.at(-1)).toBe('well after 10');
  });

  it('says once that the collector takes none, and once that it takes some again', async () => {
    for (let n = 0; n < 3; n++) {
      add(2);
      gather();
      await answer(Object.assign(new Error('Internal Server Error: a secret'), { code: 500 }));
    }
    expect(counts).toEqual({ exported: 0, failed: 6, dropped: 0 });
    add(1);
    gather();
    await answer();
    expect(told).toEqual(['trouble: the collector answered 500', 'well after 6']);
  });

  it.each([
    [Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }), 'cannot be reached: ECONNREFUSED'],
    [new Error('https://user:password@collector'), 'did not accept them'],
  ])('quotes nothing of %s', async (error, why) => {
    add(1);
    gather();
    await answer(error);
    expect(told).toEqual([`trouble: the collector ${why}`]);
  });

  it('sends what waits when it closes, and takes nothing more', async () => {
    add(2);
    const closed = sender.shutdown(1000);
    await vi.waitFor(() => expect(batches).toHaveLength(1));
    await answer();
    await closed;
    add(1);
    expect(counts).toEqual({ exported: 2, failed: 0, dropped: 1 });
    expect(told).toEqual([]);
  });

  it('gives up on a collector that does not answer', async () => {
    add(2);
    const closed = sender.shutdown(1000);
    vi.advanceTimersByTime(1000);
    await closed;
    expect(counts).toEqual({ exported: 0, failed: 0, dropped: 2 });
  });
});
