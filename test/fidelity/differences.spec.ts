import { describe, expect, it } from 'vitest';
import { parseCells } from './cell.js';
import { differences, report } from './differences.js';
import type { ScreenLook } from './screen-look.js';

const screen = (lines: readonly string[], other: Partial<ScreenLook> = {}): ScreenLook => ({
  cols: 10,
  rows: lines.length,
  cells: parseCells(lines),
  cursor: { x: 0, y: 0, visible: true, shape: 0 },
  modes: { alternate_on: '1' },
  title: '',
  focusEvents: false,
  bells: 0,
  ...other,
});
const where = (a: ScreenLook, b: ScreenLook, options?: Parameters<typeof differences>[2]): string[] =>
  differences(a, b, options).map((difference) => difference.where);

describe('what two screens differ in', () => {
  it('is nothing where both show the same', () => {
    expect(where(screen(['a \u001B[31mb\u001B[m  ', '']), screen(['a \u001B[31mb', '\u001B[m']))).toEqual([]);
  });

  it.each([
    ['a character', 'axc', 'row 0, column 1'],
    ['a colour', 'a\u001B[31mb\u001B[mc', 'row 0, column 1'],
    ['an attribute', 'ab\u001B[1mc\u001B[m', 'row 0, column 2'],
    ['one more', 'abcd', 'row 0, column 3'],
    ['one less', 'ab', 'row 0, column 2'],
  ])('is %s', (_, line, place) => expect(where(screen(['abc']), screen([line]))).toEqual([place]));

  it('is the cursor, unless it is hidden at both', () => {
    const cursor = { x: 1, y: 0, visible: true, shape: 0 };
    expect(where(screen(['a']), screen(['a'], { cursor }))).toEqual(['cursor']);
    expect(where(screen(['a']), screen(['a'], { cursor: { ...cursor, x: 0, shape: 4 } }))).toEqual(['cursor']);
    const hidden = { cursor: { ...cursor, visible: false } };
    expect(where(screen(['a'], { cursor: { ...cursor, x: 5, visible: false } }), screen(['a'], hidden))).toEqual([]);
  });

  it('is a mode, the title, or bells since the beginning', () => {
    const modes = { alternate_on: '0' };
    expect(where(screen(['a']), screen(['a'], { modes, title: 'x', bells: 2 }))).toEqual([
      'alternate_on',
      'title',
      'bells',
    ]);
    const options = { ignoreModes: new Set(['alternate_on']), bellsBefore: { host: 1, joiner: 3 } };
    expect(where(screen(['a'], { bells: 2 }), screen(['a'], { modes, bells: 4 }), options)).toEqual([]);
  });

  it('is told with both screens, and not without end', () => {
    const a = screen(Array.from({ length: 20 }, () => 'abcdefgh'));
    const b = screen(Array.from({ length: 20 }, () => 'xxxxxxxx'));
    const text = report(a, b, differences(a, b));
    expect(text).toMatch(/^row 0, column 0: host "a", joiner "x"\n/);
    expect(text).toContain('row 0: host 5 more cells');
    expect(text).toContain('and 68 more');
    expect(text).toContain('host:\n> abcdefgh\n| abcdefgh');
  });
});
