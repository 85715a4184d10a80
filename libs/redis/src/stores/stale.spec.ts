import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Stale } from './stale.js';

describe('Stale', () => {
  it('takes for gone what was missing twice, a minute apart', () => {
    const clock = new FakeClock();
    const stale = new Stale(clock);
    expect(stale.missing('a')).toBe(false);
    clock.advance(59_000);
    expect(stale.missing('a')).toBe(false);
    clock.advance(1_000);
    expect(stale.missing('a')).toBe(true);
    expect(stale.missing('a')).toBe(false);
  });

  it('starts again with what was there in between', () => {
    const clock = new FakeClock();
    const stale = new Stale(clock);
    stale.missing('a');
    stale.there('a');
    clock.advance(120_000);
    expect(stale.missing('a')).toBe(false);
  });
});
