import { describe, expect, it } from 'vitest';
import { MAX_WINDOW, MIN_WINDOW, smallestWindow } from './sizes.js';

describe('smallestWindow', () => {
  it.each([
    { name: 'nobody', terminals: [], status: 1, window: undefined },
    { name: 'one', terminals: [[80, 24]], status: 1, window: [80, 23] },
    {
      name: 'the smallest of each',
      terminals: [
        [80, 50],
        [200, 24],
      ],
      status: 1,
      window: [80, 23],
    },
    { name: 'without a status line', terminals: [[80, 24]], status: 0, window: [80, 24] },
    { name: 'of one line', terminals: [[80, 1]], status: 1, window: [80, MIN_WINDOW.rows] },
    { name: 'who is not heard of', terminals: [[0, 0]], status: 1, window: undefined },
    {
      name: 'who is not heard of beside others',
      terminals: [
        [0, 0],
        [80, 24],
      ],
      status: 1,
      window: [80, 23],
    },
    { name: 'far too much', terminals: [[100_000, 100_000]], status: 1, window: [MAX_WINDOW.cols, MAX_WINDOW.rows] },
  ])('$name', ({ terminals, status, window }) => {
    const sizes = terminals.map(([cols, rows]) => ({ cols: cols!, rows: rows! }));
    expect(smallestWindow(sizes, status)).toEqual(window && { cols: window[0], rows: window[1] });
  });
});
