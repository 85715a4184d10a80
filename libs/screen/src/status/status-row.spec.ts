import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attr, COLOUR_BASIC, DEFAULT_STYLE, type StatusContent, type Style } from '#tmux';
import { rowText, unitWidth } from '../cells.js';
import { ATTR_MASK, ATTR_SHIFT, WORDS_PER_CELL, type Row } from '../row.js';
import { messageRow, promptRow } from './message-row.js';
import { statusRow } from './status-row.js';

const GREEN: Style = { fg: COLOUR_BASIC, bg: COLOUR_BASIC | 2, attr: 0 };

interface Given {
  left?: string;
  right?: string;
  windows: readonly string[];
  current?: number;
  justify?: StatusContent['justify'];
  alert?: number;
  separator?: string;
  leftLimit?: number;
  rightLimit?: number;
}

function content(given: Given): StatusContent {
  const styled = (text: string) => [{ text, style: GREEN }];
  return {
    on: true,
    position: 'bottom',
    justify: given.justify ?? 'left',
    style: GREEN,
    left: styled(given.left ?? ''),
    right: styled(given.right ?? ''),
    leftStyle: GREEN,
    rightStyle: DEFAULT_STYLE,
    leftLimit: given.leftLimit ?? 10,
    rightLimit: given.rightLimit ?? 40,
    windows: given.windows.map((text, index) => ({
      index,
      text: styled(text),
      alert: index === given.alert,
      current: index === (given.current ?? 0),
      separator: given.separator ?? ' ',
    })),
  };
}

const line = (given: Given, cols: number): string => rowText(statusRow(content(given), cols).row);
const attrAt = (row: Row, x: number): number => ((row.words[x * WORDS_PER_CELL] ?? 0) & ATTR_MASK) >>> ATTR_SHIFT;

describe('statusRow', () => {
  it('puts the windows between left and right, as a host does', () => {
    const given = { left: '[0] ', right: '"vm" 02:17 21-Nov-26', windows: ['0:bash*'] };
    expect(line(given, 80)).toBe('[0] 0:bash*                                                 "vm" 02:17 21-Nov-26');
    const { row } = statusRow(content(given), 80);
    expect([...Array(80).keys()].every((x) => row.words[x * WORDS_PER_CELL + 2] === GREEN.bg)).toBe(true);
  });

  it('cuts left and right to their limits, and wide characters to blanks of their style', () => {
    expect(line({ left: 'abcdefghijkl', windows: ['w'] }, 30)).toBe('abcdefghijw');
    const { row } = statusRow(content({ left: 'a中', leftLimit: 2, windows: ['w'] }), 30);
    expect(rowText(row)).toBe('a w');
    expect(row.words[5]).toBe(GREEN.bg);
    expect(line({ left: 'abc', leftLimit: 0, windows: ['w'] }, 30)).toBe('w');
  });

  it('stays blank where there is no room', () => {
    expect(line({ left: '12345', right: '67890', windows: ['w'] }, 10)).toBe('');
    expect(line({ left: '12345', right: '6789', windows: ['long'] }, 10)).toBe('');
  });

  it('justifies the list, with the separator that follows the last window', () => {
    const given = { left: 'L', right: 'R', windows: ['0:a', '1:b'] };
    expect(line({ ...given, justify: 'left' }, 20)).toBe('L0:a 1:b           R');
    expect(line({ ...given, justify: 'centre' }, 20)).toBe('L     0:a 1:b      R');
    expect(line({ ...given, justify: 'right' }, 20)).toBe('L          0:a 1:b R');
  });

  it('moves a long list so that the current window is seen, with arrows', () => {
    const windows = ['0:zero', '1:one', '2:two', '3:three'];
    expect(line({ windows, current: 0 }, 16)).toBe('0:zero 1:one 2:>');
    expect(line({ windows, current: 1 }, 16)).toBe('0:zero 1:one 2:>');
    expect(line({ windows, current: 2 }, 16)).toBe('<ro 1:one 2:two>');
    expect(line({ windows, current: 3 }, 16)).toBe('<one 2:two 3:three'.slice(0, 1) + 'ne 2:two 3:three'.slice(1));
    expect(line({ windows, current: 2, left: 'L', right: 'R' }, 18)).toBe('L<ro 1:one 2:two>R');
  });

  it('reverses the arrow behind which something happened', () => {
    const windows = ['0:zero', '1:one', '2:two', '3:three'];
    const at = (alert: number): boolean[] => {
      const { row } = statusRow(content({ windows, current: 2, alert }), 16);
      return [0, 15].map((x) => (attrAt(row, x) & Attr.reverse) !== 0);
    };
    expect(at(0)).toEqual([true, false]);
    expect(at(3)).toEqual([false, true]);
  });

  it('counts what is behind an arrow without the separators, as tmux does', () => {
    const windows = ['0:zero', '1:one', '2:two', '3:three'];
    // The list begins with the second window: all of that is in sight.
    const { row } = statusRow(content({ windows, current: 2, alert: 1 }), 13);
    expect(rowText(row)).toBe('<1:one 2:two>');
    expect((attrAt(row, 0) & Attr.reverse) !== 0).toBe(true);
  });

  it('draws of a list that is cut within a wide character only whole ones', () => {
    const windows = ['中文', '1:a'];
    expect(line({ windows, current: 1 }, 7)).toBe('<文 1:a');
    expect(line({ windows, current: 1 }, 8)).toBe('<文 1:a');
  });

  it('tells whose column a click hit', () => {
    const given = { left: 'LL', right: 'RR', windows: ['0:a', '1:bcd'] };
    expect(statusRow(content(given), 20).hits).toEqual([
      { from: 2, to: 5, index: 0 },
      { from: 6, to: 11, index: 1 },
    ]);
    expect(statusRow(content({ windows: ['0:zero', '1:one', '2:two', '3:three'], current: 2 }), 16).hits).toEqual([
      { from: 0, to: 3, index: 0 },
      { from: 4, to: 9, index: 1 },
      { from: 10, to: 15, index: 2 },
    ]);
  });

  it('fills every width without a cell out of place', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '中', ' ', 'e\u{301}', '\u{1b}'), maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 8 }),
        text,
        text,
        fc.nat(7),
        fc.nat(60),
        fc.constantFrom<StatusContent['justify']>('left', 'centre', 'right'),
        (windows, left, right, current, cols, justify) => {
          const { row, hits } = statusRow(content({ windows, left, right, current, justify }), cols);
          expect(row.cols).toBe(cols);
          for (let x = 0; x < cols;) {
            const width = unitWidth(row, x);
            expect(x + width).toBeLessThanOrEqual(cols);
            x += width;
          }
          for (const { from, to } of hits) expect(from >= 0 && from < to && to <= cols).toBe(true);
        },
      ),
    );
  });
});

describe('messageRow', () => {
  it('fills the line in its style and cuts what is too long', () => {
    expect(rowText(messageRow('hello', GREEN, 10))).toBe('hello');
    expect(rowText(messageRow('hello world', GREEN, 8))).toBe('hello wo');
    expect(messageRow('x', GREEN, 3).words[8]).toBe(GREEN.bg);
  });
});

describe('promptRow', () => {
  const at = (input: string, cursor: number, cols = 12): { text: string; cursorX: number } => {
    const { row, cursorX } = promptRow({ prompt: '(a) ', input, cursor }, GREEN, cols);
    for (let x = 0; x < cols; x++) expect((attrAt(row, x) & Attr.reverse) !== 0).toBe(x === cursorX);
    return { text: rowText(row), cursorX };
  };

  it('shows where the cursor is', () => {
    expect(at('', 0)).toEqual({ text: '(a)', cursorX: 4 });
    expect(at('abc', 3)).toEqual({ text: '(a) abc', cursorX: 7 });
    expect(at('abc', 1)).toEqual({ text: '(a) abc', cursorX: 5 });
    expect(at('中b', 1)).toEqual({ text: '(a) 中b', cursorX: 6 });
  });

  it('moves a long input so that the cursor stays in sight', () => {
    expect(at('abcdefgh', 8)).toEqual({ text: '(a) bcdefgh', cursorX: 11 });
    expect(at('abcdefghij', 8)).toEqual({ text: '(a) bcdefghi', cursorX: 11 });
    expect(at('中中中中中', 5)).toEqual({ text: '(a) 中中中', cursorX: 10 });
  });

  it('has room for no input where the prompt fills the line', () => {
    expect(promptRow({ prompt: 'longer than it', input: 'x', cursor: 1 }, GREEN, 6).cursorX).toBe(6);
  });
});
