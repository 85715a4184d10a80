import { describe, expect, it } from 'vitest';
import { COLOUR_BASIC, DEFAULT_COLOUR, DEFAULT_STYLE } from '#tmux';
import { charWidth, colourCells, copyCells, putText, rowText, sameCells, textWidth, unitWidth } from './cells.js';
import { Row } from './row.js';

const rowOf = (text: string, cols = 12): Row => {
  const row = new Row(cols);
  putText(row, 0, text, DEFAULT_STYLE);
  return row;
};

describe('cells', () => {
  it('are shown in other colours where the terminal’s own would be seen', () => {
    const row = new Row(6);
    putText(row, 0, 'a中', DEFAULT_STYLE);
    putText(row, 3, 'b', { fg: COLOUR_BASIC | 1, bg: DEFAULT_COLOUR, attr: 0 });
    const look = (x: number): number[] => Array.from(row.words.subarray(x * 3 + 1, x * 3 + 3));
    colourCells(row, 0, 5, { fg: COLOUR_BASIC | 2, bg: COLOUR_BASIC | 4, attr: 0 });
    expect([0, 1, 3, 4, 5].map(look)).toEqual([
      [COLOUR_BASIC | 2, COLOUR_BASIC | 4],
      [COLOUR_BASIC | 2, COLOUR_BASIC | 4],
      [COLOUR_BASIC | 1, COLOUR_BASIC | 4],
      [COLOUR_BASIC | 2, COLOUR_BASIC | 4],
      [0, 0],
    ]);
    expect(rowText(row)).toBe('a中b');
    expect(unitWidth(row, 1)).toBe(2);
  });

  it('measure text as the host does', () => {
    expect([0x61, 0x4e2d, 0x301, 0x1b].map(charWidth)).toEqual([1, 2, 0, 0]);
    expect(textWidth('a中e\u{301}\u{7}')).toBe(4);
  });

  it('hold text with wide and combining characters, and nothing unprintable', () => {
    const row = rowOf('\u{301}a中e\u{301}\u{1b}[x');
    expect(rowText(row)).toBe('a中e\u{301}[x');
    expect([unitWidth(row, 0), unitWidth(row, 1), unitWidth(row, 3)]).toEqual([1, 2, 1]);
    expect(row.clusters?.get(3)).toBe('e\u{301}');
  });

  it('keep only so many combining characters, and forget them with their base', () => {
    const row = rowOf(`e${'\u{301}'.repeat(1000)}`);
    expect(row.clusters?.get(0)?.length).toBeLessThanOrEqual(32);
    putText(row, 0, 'x', DEFAULT_STYLE);
    expect(rowText(row)).toBe('x');
    expect(row.clusters?.size).toBe(0);
  });

  it('end where they are told to, half a wide character left blank', () => {
    const row = new Row(8);
    expect(putText(row, 1, 'a中b', DEFAULT_STYLE, 3)).toBe(3);
    expect(rowText(row)).toBe(' a');
    expect(putText(row, 7, '中', DEFAULT_STYLE)).toBe(8);
  });

  it('are copied in part, with halves of wide characters made blank', () => {
    const target = rowOf('........');
    copyCells(rowOf('a中e\u{301}中'), 2, target, 1, 3);
    expect(rowText(target)).toBe('. e\u{301} ....');
    expect(target.clusters?.get(2)).toBe('e\u{301}');
  });

  it('are the same when all that shows is', () => {
    expect(sameCells(rowOf('ae\u{301}'), rowOf('ae\u{301}'))).toBe(true);
    expect(sameCells(rowOf('ae\u{301}'), rowOf('ae\u{300}'))).toBe(false);
    expect(sameCells(rowOf('a'), rowOf('b'))).toBe(false);
    expect(sameCells(rowOf('a', 4), rowOf('a', 5))).toBe(false);
  });
});
