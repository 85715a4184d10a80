import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MOST_WAIT_MS, Poller } from './poller.js';

const EVERY_MS = 2_000;

function polled({ again = true } = {}) {
  const clock = new FakeClock();
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const poller = new Poller({
    clock,
    everyMs: EVERY_MS,
    load: async () => await new Promise<void>((resolve, reject) => ends.push({ resolve, reject })),
    failed: () => again,
  });
  poller.start();
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return {
    poller,
    clock,
    loads: () => ends.length,
    succeed: async () => {
      ends.at(-1)?.resolve();
      await settled();
    },
    fail: async () => {
      ends.at(-1)?.reject(new Error('no'));
      await settled();
    },
  };
}

describe('what is loaded again and again', () => {
  it('is loaded at once, and then some time after each answer', async () => {
    const it = polled();
    expect(it.loads()).toBe(1);
    it.clock.advance(10 * EVERY_MS);
    expect(it.loads()).toBe(1);
    await it.succeed();
    it.clock.advance(EVERY_MS - 1);
    expect(it.loads()).toBe(1);
    it.clock.advance(1);
    expect(it.loads()).toBe(2);
  });

  it('is loaded once more after an act, though a load was under way', async () => {
    const it = polled();
    it.poller.now();
    it.poller.now();
    expect(it.loads()).toBe(1);
    await it.succeed();
    expect(it.loads()).toBe(2);
    await it.succeed();
    expect(it.loads()).toBe(2);
  });

  it('is asked for less and less often while the server does not answer, up to a limit', async () => {
    const it = polled();
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      await it.fail();
      const before = it.loads();
      let waited = 0;
      for (; it.loads() === before; waited += 1_000) it.clock.advance(1_000);
      waits.push(waited);
    }
    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(waits.at(-1)).toBe(MOST_WAIT_MS);
  });

  it('is not loaded while nobody looks, and at once when somebody does', async () => {
    const it = polled();
    await it.succeed();
    it.poller.hide(true);
    it.clock.advance(60_000);
    expect(it.loads()).toBe(1);
    it.poller.hide(false);
    expect(it.loads()).toBe(2);
  });

  it('ends where it is not worth trying again', async () => {
    const it = polled({ again: false });
    await it.fail();
    it.clock.advance(10 * MOST_WAIT_MS);
    it.poller.now();
    expect(it.loads()).toBe(1);
  });
});
