import { describe, expect, it } from 'vitest';
import { DEFAULT_STYLE } from '#tmux';
import { putText } from '../cells.js';
import { Row } from '../row.js';
import { findScroll, scrolled } from './scroll.js';

const rowOf = (text: string): Row => {
  const row = new Row(40);
  putText(row, 0, text, DEFAULT_STYLE);
  return row;
};
const rows = Array.from({ length: 12 }, (_, n) => rowOf(`line number ${n} of some length`));
const blank = new Row(40);
const lines = (...numbers: number[]): Row[] => numbers.map((n) => rows[n] ?? blank);

describe('findScroll', () => {
  it('finds a block that moved up or down, and leaves what stands still out of it', () => {
    const from = lines(0, 1, 2, 3, 4, 5, 6, 11);
    expect(findScroll(from, lines(1, 2, 3, 4, 5, 6, 7, 11))).toEqual({ top: 0, bottom: 6, count: 1 });
    expect(findScroll(from, lines(0, 3, 4, 5, 6, 7, 8, 11))).toEqual({ top: 1, bottom: 6, count: 2 });
    expect(findScroll(from, lines(0, 9, 1, 2, 3, 4, 5, 11))).toEqual({ top: 1, bottom: 6, count: -1 });
  });

  it('takes the larger of two blocks, and the other one next', () => {
    const from = lines(0, 1, 2, 3, 4, 5, 6, 7, 8);
    const to = lines(1, 2, 9, 4, 5, 6, 7, 8, 10);
    const first = findScroll(from, to);
    expect(first).toEqual({ top: 3, bottom: 8, count: 1 });
    if (first !== undefined)
      expect(findScroll(scrolled(from, first, blank), to)).toEqual({ top: 0, bottom: 2, count: 1 });
  });

  it('finds nothing if lines changed in place, few did, or the move would break as much as it saves', () => {
    const from = lines(0, 1, 2, 3, 4, 5);
    expect(findScroll(from, from)).toBeUndefined();
    expect(findScroll(from, lines(0, 1, 7, 3, 9, 5))).toBeUndefined();
    expect(findScroll(from, lines(6, 7, 8, 9, 10, 11))).toBeUndefined();
    // Line 0 went to the end, everything between stayed.
    expect(findScroll(from, lines(5, 1, 2, 3, 4, 0))).toBeUndefined();
  });
});

describe('scrolled', () => {
  it('is what a terminal shows after the step', () => {
    expect(scrolled(lines(0, 1, 2, 3), { top: 1, bottom: 3, count: 1 }, blank)).toEqual(lines(0, 2, 3, -1));
    expect(scrolled(lines(0, 1, 2, 3), { top: 0, bottom: 2, count: -2 }, blank)).toEqual(lines(-1, -1, 0, 3));
  });
});
