import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { GATHER_MS, MOST_AT_ONCE, MOST_WAITING, SpanQueue } from './span-queue.js';

type Done = (result: { readonly code: number; readonly error?: Error }) => void;

let clock: FakeClock;
let batches: { spans: number[]; done: Done }[];
let counts: Record<string, number>;
let told: string[];
let queue: SpanQueue<number>;

beforeEach(() => {
  clock = new FakeClock();
  batches = [];
  counts = { exported: 0, failed: 0, dropped: 0 };
  told = [];
  queue = new SpanQueue<number>({
    exporter: {
      export: (spans, done) => void batches.push({ spans, done }),
      shutdown: async () => undefined,
    },
    clock,
    counted: (result, count) => void (counts[result] = (counts[result] ?? 0) + count),
    trouble: (why) => void told.push(`trouble: ${why}`),
    well: (lost) => void told.push(`well after ${lost}`),
  });
});

/** Lets promises that are settled go on. */
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const add = (count: number): void => {
  for (let n = 0; n < count; n++) queue.add(n);
};
async function answer(error?: Error): Promise<void> {
  batches.at(-1)?.done(error === undefined ? { code: 0 } : { code: 1, error });
  await turn();
}

describe('SpanQueue', () => {
  it('gathers spans for a while, and sends them together', async () => {
    add(3);
    expect(batches).toHaveLength(0);
    clock.advance(GATHER_MS);
    expect(batches.map(({ spans }) => spans)).toEqual([[0, 1, 2]]);
    await answer();
    expect(counts).toEqual({ exported: 3, failed: 0, dropped: 0 });
    expect(told).toEqual([]);
  });

  it('sends many at once, one request at a time', async () => {
    add(MOST_AT_ONCE + 5);
    expect(batches).toHaveLength(1);
    clock.advance(10 * GATHER_MS);
    expect(batches).toHaveLength(1);
    await answer();
    clock.advance(GATHER_MS);
    expect(batches[1]?.spans).toHaveLength(5);
  });

  it('drops what there is no room for, counts it, and warns once', async () => {
    add(MOST_AT_ONCE + MOST_WAITING + 10);
    expect(counts['dropped']).toBe(10);
    expect(told).toEqual(['trouble: more spans came than the collector took']);
    await answer();
    expect(told.at(-1)).toBe('well after 10');
  });

  it('loses what the collector does not take; tells that once, and when it takes some again', async () => {
    for (let n = 0; n < 3; n++) {
      add(2);
      clock.advance(GATHER_MS);
      await answer(Object.assign(new Error('Internal Server Error: a secret'), { code: 500 }));
    }
    expect(counts).toEqual({ exported: 0, failed: 6, dropped: 0 });
    expect(told).toEqual(['trouble: the collector answered 500']);
    add(1);
    clock.advance(GATHER_MS);
    await answer();
    expect(told).toEqual(['trouble: the collector answered 500', 'well after 6']);
    add(1);
    clock.advance(GATHER_MS);
    await answer(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    expect(told.at(-1)).toBe('trouble: the collector cannot be reached: ECONNREFUSED');
  });

  it('does not hurry while the collector fails', async () => {
    add(3 * MOST_AT_ONCE);
    await answer(new Error('no'));
    expect(batches).toHaveLength(1);
    expect(told).toEqual(['trouble: the collector did not take them']);
    clock.advance(GATHER_MS);
    expect(batches).toHaveLength(2);
    // Once it takes some, the others follow at once.
    await answer();
    expect(batches).toHaveLength(3);
  });

  it('survives an exporter that throws', async () => {
    queue = new SpanQueue<number>({
      exporter: {
        export() {
          throw new Error('it cannot be written');
        },
        shutdown: async () => undefined,
      },
      clock,
      counted: (result, count) => void (counts[result] = (counts[result] ?? 0) + count),
      trouble: (why) => void told.push(why),
      well: () => undefined,
    });
    add(1);
    clock.advance(GATHER_MS);
    await turn();
    expect(counts['failed']).toBe(1);
    expect(told).toEqual(['the collector did not take them']);
  });

  it('sends what waits when it is closed, and takes nothing more', async () => {
    add(MOST_AT_ONCE + 1);
    const closed = queue.close(2000);
    queue.add(7);
    expect(counts['dropped']).toBe(1);
    await answer();
    expect(batches.map(({ spans }) => spans.length)).toEqual([MOST_AT_ONCE, 1]);
    await answer();
    await closed;
    expect(counts['exported']).toBe(MOST_AT_ONCE + 1);
    // Nobody is warned of what a process could not tell at its end.
    expect(told).toEqual([]);
  });

  it('gives up at its end when the collector does not answer', async () => {
    add(MOST_AT_ONCE + 4);
    let isClosed = false;
    const closed = queue.close(2000).then(() => (isClosed = true));
    clock.advance(1999);
    await turn();
    expect(isClosed).toBe(false);
    clock.advance(1);
    await closed;
    expect(counts['dropped']).toBe(4);
  });
});
