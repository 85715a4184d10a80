import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { SIZE_INTERVAL_MS, SizePacer } from './size-pacer.js';

describe('the sizes of a terminal', () => {
  it('count at once, and in a storm the last of each interval', () => {
    const clock = new FakeClock();
    const taken: number[] = [];
    const pacer = new SizePacer(clock, ({ cols }) => taken.push(cols));
    for (let cols = 1; cols <= 3000; cols++) pacer.push({ cols, rows: 24 }, false);
    expect(taken).toEqual([1]);
    clock.advance(SIZE_INTERVAL_MS);
    expect(taken).toEqual([1, 3000]);
    pacer.push({ cols: 80, rows: 24 }, false);
    clock.advance(SIZE_INTERVAL_MS);
    expect(taken).toEqual([1, 3000, 80]);
    clock.advance(SIZE_INTERVAL_MS);
    pacer.push({ cols: 90, rows: 24 }, false);
    expect(taken).toEqual([1, 3000, 80, 90]);
  });

  it('leave no timer behind', () => {
    const clock = new FakeClock();
    const taken: number[] = [];
    const pacer = new SizePacer(clock, ({ cols }) => taken.push(cols));
    pacer.push({ cols: 80, rows: 24 }, false);
    pacer.push({ cols: 81, rows: 24 }, false);
    pacer.dispose();
    pacer.push({ cols: 82, rows: 24 }, false);
    expect(clock.pending).toBe(0);
    clock.advance(10 * SIZE_INTERVAL_MS);
    expect(taken).toEqual([80]);
  });
});
