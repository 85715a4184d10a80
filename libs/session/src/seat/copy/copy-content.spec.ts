import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowText, type CopyOptions } from '#screen';
import { DEFAULT_STYLE, ModeKeys, parseCommand, parseKey } from '#tmux';
import { CopyContent, type CopiedTo } from './copy-content.js';
import type { CopyLines } from './copy-lines.js';
import { CopySearch, type Found } from './copy-search.js';
import { textSource } from './copy-sources.js';

const TEXT = ['first line of text', '', '  indented, with words-and_more', 'a b c', '日本語 wide', 'last one'];

interface Copied {
  readonly text: string;
  readonly to: CopiedTo;
}

function copyOf(
  lines: readonly string[] = TEXT,
  { vi = false, cols = 40, rows = 6, bind = [] as string[], now = (): number => 0 } = {},
): { content: CopyContent; copied: Copied[]; press: (...keys: string[]) => boolean; type: (text: string) => void } {
  const bindings = new ModeKeys();
  if (bind.length > 0) {
    const command = parseCommand(['bind-key', ...bind]);
    if (command.ok) bindings.apply(command.value);
  }
  const options: CopyOptions = { modeStyle: DEFAULT_STYLE, modeKeys: vi ? 'vi' : 'emacs' };
  const copied: Copied[] = [];
  const content = new CopyContent(
    textSource(lines, options),
    { cols, rows },
    {
      ...options,
      bindings,
      wordSeparators: ' -_@',
      wrapSearch: true,
      now,
      copied: (text, to) => copied.push({ text, to }),
    },
  );
  const press = (...keys: string[]): boolean => {
    let done = false;
    for (const name of keys) {
      const key = parseKey(name);
      if (key === undefined) throw new Error(`no key: ${name}`);
      done = content.key(key);
    }
    return done;
  };
  return {
    content,
    copied,
    press,
    type: (text) => press(...Array.from(text, (char) => (char === ' ' ? 'Space' : char))),
  };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}`);
const at = ({ content }: { content: CopyContent }): [number, number] => [content.cursor.x, content.cursor.y];

describe('the keys of copy mode', () => {
  it('move by character, line, word, and to the ends of lines', () => {
    const copy = copyOf();
    copy.press('C-f', 'C-f', 'C-n', 'C-n');
    expect(at(copy)).toEqual([2, 2]);
    copy.press('C-a', 'M-m');
    expect(at(copy)).toEqual([2, 2]);
    copy.press('C-e');
    expect(at(copy)).toEqual([31, 2]);
    // As in tmux the column before the line's end is the one that is kept.
    copy.press('C-n');
    expect(at(copy)).toEqual([2, 3]);
    copy.press('C-p', 'C-a', 'M-f');
    expect(at(copy)).toEqual([11, 2]);
    copy.press('M-f', 'M-f');
    expect(at(copy)).toEqual([22, 2]);
    copy.press('M-b', 'M-b');
    expect(at(copy)).toEqual([12, 2]);
    copy.press('C-a', 'C-b');
    expect(at(copy)).toEqual([0, 1]);
  });

  it('move by vi words as vi does', () => {
    const copy = copyOf(TEXT, { vi: true });
    copy.press('w');
    expect(at(copy)).toEqual([6, 0]);
    copy.press('e');
    expect(at(copy)).toEqual([9, 0]);
    copy.press('b', 'b', '$');
    expect(at(copy)).toEqual([18, 0]);
    copy.press('j', 'j', 'W');
    expect(copy.content.cursor.y).toBeGreaterThanOrEqual(2);
  });

  it('turn pages, halves of them, and go to both ends', () => {
    const copy = copyOf(numbered(100), { rows: 10 });
    const top = (): string => rowText(copy.content.line(1));
    expect(top()).toBe('line 1');
    copy.press('NPage');
    expect(top()).toBe('line 9');
    copy.press('M-Down');
    expect(top()).toBe('line 14');
    copy.press('M-Up', 'PPage');
    expect(top()).toBe('line 1');
    copy.press('M->');
    expect(top()).toBe('line 91');
    expect(at(copy)).toEqual([0, 9]);
    copy.press('M-<');
    expect([top(), ...at(copy)]).toEqual(['line 1', 0, 0]);
  });

  it('repeat by a number before them', () => {
    const copy = copyOf(numbered(100), { vi: true, rows: 10 });
    copy.press('1', '2');
    expect(rowText(copy.content.line(9))).toMatch(/^Repeat: 12/);
    copy.press('j');
    expect(copy.content.cursor.y).toBe(9);
    expect(rowText(copy.content.line(0))).toMatch(/^line 3 .*\[87\/90\]$/);
  });

  it('jump to characters, again and back', () => {
    const copy = copyOf(TEXT, { vi: true });
    copy.press('f', 'i');
    expect(at(copy)).toEqual([1, 0]);
    copy.press(';');
    expect(at(copy)).toEqual([7, 0]);
    copy.press(',');
    expect(at(copy)).toEqual([1, 0]);
    copy.press('t', 'e');
    expect(at(copy)).toEqual([8, 0]);
    copy.press('F', 'f', 'f', 'X');
    expect(at(copy)).toEqual([0, 0]);
  });

  it('go to a line, counted from the end as tmux does', () => {
    const copy = copyOf(numbered(100), { vi: true, rows: 10 });
    copy.press(':');
    copy.type('30');
    copy.press('Enter');
    expect(rowText(copy.content.line(0))).toMatch(/\[30\/90\]$/);
    copy.press(':');
    copy.type('500');
    copy.press('Enter');
    expect(rowText(copy.content.line(0))).toMatch(/\[30\/90\]$/);
  });
});

describe('searching', () => {
  it('finds forwards, backwards, again, and around the end', () => {
    const copy = copyOf(numbered(100), { rows: 10 });
    copy.press('C-s');
    copy.type('line 5');
    copy.press('Enter');
    expect(rowText(copy.content.line(copy.content.cursor.y))).toBe('line 5');
    copy.press('n');
    expect(rowText(copy.content.line(copy.content.cursor.y))).toBe('line 50');
    copy.press('N', 'N');
    expect(rowText(copy.content.line(copy.content.cursor.y))).toBe('line 59');
    copy.press('C-r');
    copy.type('LINE 7');
    copy.press('Enter');
    expect(rowText(copy.content.line(copy.content.cursor.y))).toBe('line 59');
  });

  it('finds what a search that reads each line finds, wherever it begins', () => {
    const word = fc.array(fc.constantFrom('a', 'b', 'A', ' '), { maxLength: 6 }).map((chars) => chars.join(''));
    const place = fc.record({ x: fc.nat({ max: 6 }), line: fc.nat({ max: 9 }) });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 10 }),
        fc.constantFrom('a', 'ab', 'A', 'aB', 'aa'),
        place,
        fc.boolean(),
        fc.boolean(),
        (texts, text, place, up, wraps) => {
          const rows = texts.map((line) => Array.from(line.padEnd(6)));
          const lines = { last: rows.length - 1, cells: (line: number) => rows[line] ?? [] } as unknown as CopyLines;
          const from = { ...place, line: Math.min(place.line, lines.last) };
          const folded = (line: string): string => (text === text.toLowerCase() ? line.toLowerCase() : line);
          const all = rows.flatMap((cells, line) =>
            cells.flatMap((_, x) => (folded(cells.join('')).startsWith(text, x) ? [{ x, line }] : [])),
          );
          const isAfter = (one: Found): boolean => one.line > from.line || (one.line === from.line && one.x > from.x);
          const isBefore = (one: Found): boolean => one.line < from.line || (one.line === from.line && one.x < from.x);
          const next = up
            ? (all.findLast(isBefore) ?? (wraps ? all.at(-1) : undefined))
            : (all.find(isAfter) ?? (wraps ? all[0] : undefined));
          expect(new CopySearch(lines, text).next(from, { up, wraps })).toEqual(next);
        },
      ),
    );
  });

  it('reads the lines once, however often the search continues', () => {
    const read: number[] = [];
    const cells = (line: number): string[] => (read.push(line), [line === 5 ? 'x' : ' ']);
    const search = new CopySearch({ last: 999, cells } as unknown as CopyLines, 'x');
    expect(read).toHaveLength(1000);
    for (let n = 0; n < 999; n++) expect(search.next({ x: 0, line: 5 }, { up: true, wraps: true })?.line).toBe(5);
    expect(read.length).toBeLessThanOrEqual(1001);
  });

  it('and moving cost so much in a time, whatever counts stand before them', () => {
    let nowMs = 0;
    const words = Array.from({ length: 6000 }, (_, n) => `w${n}`);
    const copy = copyOf(words, { vi: true, now: () => nowMs });
    const line = (): string => rowText(copy.content.line(copy.content.cursor.y)).trim();
    copy.press('g');
    for (let n = 0; n < 5; n++) copy.press('9', '9', '9', 'w');
    expect(line()).toBe('w2000');
    nowMs += 100;
    copy.press('9', '9', '9', 'w');
    expect(line()).toBe('w2500');
    // A search of all lines is as much, and more than is left.
    nowMs += 100;
    copy.press('?');
    copy.type('w10');
    copy.press('Enter');
    expect(line()).toBe('w1099');
    copy.press('?');
    copy.type('w20');
    copy.press('Enter');
    expect(line()).toBe('w1099');
  });

  it('knows wide characters by their columns', () => {
    const copy = copyOf();
    copy.press('C-s');
    copy.type('語');
    copy.press('Enter');
    expect(at(copy)).toEqual([4, 4]);
  });
});

describe('selecting', () => {
  it('copies what emacs would, and ends', () => {
    const copy = copyOf();
    copy.press('M-f', 'C-f', 'C-Space', 'C-n', 'C-n', 'C-e');
    expect(copy.press('M-w')).toBe(true);
    expect(copy.copied).toEqual([{ text: 'line of text\n\n  indented, with words-and_more', to: {} }]);
  });

  it('copies what vi would: its last character too', () => {
    const copy = copyOf(TEXT, { vi: true });
    copy.press('Space', 'e');
    expect(copy.press('Enter')).toBe(true);
    expect(copy.copied).toEqual([{ text: 'first', to: {} }]);
  });

  it('copies upwards, and turns to the other end', () => {
    const copy = copyOf();
    copy.press('C-n', 'C-n', 'C-n', 'C-f', 'C-Space', 'C-p', 'C-p', 'C-a');
    copy.press('M-w');
    expect(copy.copied[0]?.text).toBe('\n  indented, with words-and_more\na');
    const vi = copyOf(TEXT, { vi: true });
    vi.press('Space', 'l', 'l', 'o');
    expect(at(vi)).toEqual([0, 0]);
  });

  it('copies rectangles and lines', () => {
    const copy = copyOf(['abcd', 'efgh', 'ijkl'], { vi: true });
    copy.press('l', 'v', 'Space', 'j', 'j', 'l');
    copy.press('Enter');
    expect(copy.copied[0]?.text).toBe('bc\nfg\njk');
    const lines = copyOf(['abcd', 'efgh', 'ijkl'], { vi: true });
    lines.press('l', 'j', 'V', 'j', 'Enter');
    expect(lines.copied[0]?.text).toBe('efgh\nijkl\n');
    const rest = copyOf(['abcd', 'efgh'], { vi: true });
    rest.press('l', 'l', 'D');
    expect(rest.copied[0]?.text).toBe('cd\n');
  });

  it('joins lines that were one', () => {
    const copy = copyOf(['abcdefghijklmno'], { cols: 10, rows: 4 });
    copy.press('C-Space', 'C-n', 'C-e', 'M-w');
    expect(copy.copied[0]?.text).toBe('abcdefghijklmno');
  });

  it('goes to a buffer by name, is added to the last, or stays open', () => {
    const copy = copyOf(TEXT, { vi: true });
    copy.press('Space', 'e', '"');
    copy.type('mine');
    expect(copy.press('Enter')).toBe(true);
    const more = copyOf(TEXT, { vi: true });
    more.press('Space', 'e');
    expect(more.press('A')).toBe(true);
    const open = copyOf(TEXT, { vi: true, bind: ['-t', 'vi-copy', 'y', 'copy-selection', '-x'] });
    open.press('Space', 'e');
    expect(open.press('y')).toBe(false);
    expect([...copy.copied, ...more.copied, ...open.copied]).toEqual([
      { text: 'first', to: { buffer: 'mine' } },
      { text: 'first', to: { append: true } },
      { text: 'first', to: {} },
    ]);
  });

  it('copies nothing where nothing is selected', () => {
    const copy = copyOf();
    expect(copy.press('M-w')).toBe(true);
    expect(copy.copied).toEqual([]);
  });
});

describe('whatever is pressed', () => {
  it('keeps the cursor in the view and the view in the text', () => {
    const keys = fc.constantFrom(
      ...'h j k l w e b W E B 0 ^ $ H M L g G v V o n N ; , Space Escape C-b C-f C-u C-d J K 2 3 f x t a / ? : Enter A D'.split(
        ' ',
      ),
    );
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '日', 'x'), maxLength: 30 }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        text,
        fc.array(keys, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 8 }),
        (lines, pressed, cols, rows) => {
          const copy = copyOf(lines, { vi: true, cols, rows });
          for (const key of pressed) {
            copy.press(key);
            const [x, y] = at(copy);
            expect(x).toBeGreaterThanOrEqual(0);
            expect(x).toBeLessThan(cols);
            expect(y).toBeGreaterThanOrEqual(0);
            expect(y).toBeLessThan(rows);
            for (let line = 0; line < rows; line++) copy.content.line(line);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('copies only parts of the text', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(30), fc.nat(5), fc.nat(30), (y1, x1, y2, x2) => {
        const copy = copyOf();
        for (let n = 0; n < y1; n++) copy.press('C-n');
        for (let n = 0; n < x1; n++) copy.press('C-f');
        copy.press('C-Space');
        copy.press('M-<');
        for (let n = 0; n < y2; n++) copy.press('C-n');
        for (let n = 0; n < x2; n++) copy.press('C-f');
        copy.press('M-w');
        for (const { text } of copy.copied) expect(`${TEXT.join('\n')}\n`).toContain(text);
      }),
      { numRuns: 60 },
    );
  });
});
