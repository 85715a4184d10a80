import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from './retry-delay.js';

describe('retryDelay', () => {
  it('starts well below a second and ends at a quarter of a minute', () => {
    expect(retryDelay(1, 0.5)).toBe(300);
    expect(retryDelay(50, 0.5)).toBe(15_000);
  });

  it('grows from attempt to attempt', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelay(attempt, 0.5));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(new Set(waits).size).toBe(waits.length);
  });

  it('is spread by half to either side, and never outside of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const wait = retryDelay(attempt, random);
          const middle = retryDelay(attempt, 0.5);
          expect(wait).toBeGreaterThanOrEqual(Math.floor(middle * 0.5));
          expect(wait).toBeLessThanOrEqual(Math.ceil(middle * 1.5));
        },
      ),
    );
  });
});
