import { describe, expect, it } from 'vitest';
import { panTo } from './pan.js';

describe('panTo', () => {
  it('shows the beginning of what is seen whole, or not at all', () => {
    expect([panTo(5, 10, 10), panTo(5, 12, 10), panTo(5, 0, 10)]).toEqual([0, 0, 0]);
  });

  it('has the cursor in view, and moves by half of what is seen', () => {
    const offsets = Array.from({ length: 100 }, (_, cursor) => panTo(cursor, 10, 100));
    for (const [cursor, offset] of offsets.entries()) {
      expect(cursor >= offset && cursor < offset + 10).toBe(true);
      expect(offset % 5).toBe(0);
    }
    expect(offsets.slice(8, 17)).toEqual([0, 0, 5, 5, 5, 5, 5, 10, 10]);
  });

  it('never goes beyond the end', () => {
    expect(panTo(99, 10, 100)).toBe(90);
    expect(panTo(17, 4, 18)).toBe(14);
    expect(panTo(100, 7, 100)).toBe(93);
  });
});
