import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { FlushScheduler, FRAME_INTERVAL_MS, QUICK_FRAMES } from './flush-scheduler.js';

function make(): { clock: FakeClock; scheduler: FlushScheduler; times: number[] } {
  const clock = new FakeClock(0);
  const times: number[] = [];
  return { clock, scheduler: new FlushScheduler(clock, () => times.push(clock.now())), times };
}

describe('FlushScheduler', () => {
  it('flushes at once while the line is quiet', () => {
    const { clock, scheduler, times } = make();
    for (let key = 0; key < 10; key++) {
      scheduler.changed();
      clock.advance(100);
    }
    expect(times).toEqual(Array.from({ length: 10 }, (_, key) => key * 100));
  });

  it('lets the few writes of one echo through at once', () => {
    const { scheduler, times } = make();
    for (let write = 0; write < QUICK_FRAMES; write++) scheduler.changed();
    expect(times).toHaveLength(QUICK_FRAMES);
  });

  it('draws a flood once an interval, and its end never later than that', () => {
    const { clock, scheduler, times } = make();
    for (let ms = 0; ms < 1000; ms++) {
      scheduler.changed();
      clock.advance(1);
    }
    const lastChange = clock.now() - 1;
    clock.advance(FRAME_INTERVAL_MS);
    expect(times.length).toBeLessThan(1000 / FRAME_INTERVAL_MS + QUICK_FRAMES + 2);
    expect(times.at(-1)).toBeGreaterThanOrEqual(lastChange);
    expect(times.at(-1)! - lastChange).toBeLessThanOrEqual(FRAME_INTERVAL_MS);
  });

  it('is quick again once a flood is over', () => {
    const { clock, scheduler, times } = make();
    for (let ms = 0; ms < 200; ms++) {
      scheduler.changed();
      clock.advance(1);
    }
    clock.advance(2 * FRAME_INTERVAL_MS);
    const before = times.length;
    scheduler.changed();
    expect(times).toHaveLength(before + 1);
    expect(clock.pending).toBe(1);
  });

  it('leaves nothing running when it is quiet or disposed', () => {
    const { clock, scheduler, times } = make();
    scheduler.changed();
    clock.advance(FRAME_INTERVAL_MS);
    expect(clock.pending).toBe(0);
    for (let n = 0; n < 10; n++) scheduler.changed();
    scheduler.dispose();
    const before = times.length;
    clock.advance(10 * FRAME_INTERVAL_MS);
    expect(times).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });
});
