import fc from 'fast-check';
import { COLOUR_256, COLOUR_BASIC, COLOUR_RGB, type Style } from '#tmux';
import { fillCells, putText } from '../cells.js';
import type { CursorShape, Picture } from '../picture.js';
import { Row } from '../row.js';

/** What one step does to a picture; small, so that a failure shrinks to a script one can read. */
export type Step =
  | { do: 'text'; y: number; x: number; text: string; style: Style }
  | { do: 'fill'; y: number; x: number; cols: number; style: Style }
  | { do: 'clear'; y: number }
  | { do: 'scroll'; top: number; bottom: number; by: number }
  | { do: 'shift'; y: number; x: number; by: number }
  | { do: 'cursor'; x: number; y: number; visible: boolean; shape: CursorShape }
  | { do: 'modes'; mouse: Picture['mouse']; focus: boolean; keypad: boolean; bells: number; title: string };

export function emptyPicture(cols: number, rows: number): Picture {
  return {
    cols,
    rows,
    lines: Array.from({ length: rows }, () => new Row(cols)),
    cursor: { x: 0, y: 0, visible: true, shape: 0 },
    mouse: 'off',
    focusEvents: false,
    bells: 0,
    title: '',
  };
}

function copyOf(row: Row): Row {
  const copy = new Row(row.cols);
  copy.words.set(row.words);
  if (row.clusters !== undefined) copy.clusters = new Map(row.clusters);
  return copy;
}

/** The picture after a step: rows that do not change are the same objects, even if they moved. */
export function apply(picture: Picture, step: Step): Picture {
  const lines = [...picture.lines];
  const edit = (y: number, change: (row: Row) => void): Picture => {
    const line = y % picture.rows;
    const row = copyOf(lines[line] ?? new Row(picture.cols));
    change(row);
    lines[line] = healed(row);
    return { ...picture, lines };
  };
  switch (step.do) {
    case 'text':
      return edit(step.y, (row) => putText(row, step.x % picture.cols, step.text, step.style));
    case 'fill':
      return edit(step.y, (row) => {
        const from = step.x % picture.cols;
        fillCells(row, from, Math.min(picture.cols, from + step.cols), step.style);
      });
    case 'clear':
      return edit(step.y, (row) => {
        row.words.fill(0);
        row.clusters = undefined;
      });
    case 'scroll': {
      const top = step.top % picture.rows;
      const bottom = top + (step.bottom % (picture.rows - top));
      for (let y = top; y <= bottom; y++) {
        const from = y + step.by;
        lines[y] = (from >= top && from <= bottom ? picture.lines[from] : undefined) ?? new Row(picture.cols);
      }
      return { ...picture, lines };
    }
    case 'shift':
      return edit(step.y, (row) => {
        if (row.clusters !== undefined) return;
        const from = (step.x % picture.cols) * 3;
        const words = row.words.slice(from);
        row.words.fill(0, from);
        if (step.by > 0)
          row.words.set(
            words.subarray(0, Math.max(0, words.length - step.by * 3)),
            from + step.by * 3 > row.words.length ? row.words.length : from + step.by * 3,
          );
        else row.words.set(words.subarray(Math.min(words.length, -step.by * 3)), from);
      });
    case 'cursor':
      return {
        ...picture,
        cursor: { x: step.x % picture.cols, y: step.y % picture.rows, visible: step.visible, shape: step.shape },
      };
    case 'modes':
      return {
        ...picture,
        mouse: step.mouse,
        focusEvents: step.focus,
        applicationKeypad: step.keypad,
        bells: picture.bells + step.bells,
        title: step.title,
      };
  }
}

/** Makes halves of wide characters blanks, as a terminal does. */
function healed(row: Row): Row {
  const { words, cols } = row;
  for (let x = 0; x < cols; x++) {
    const wide = ((words[x * 3] ?? 0) & 0x600000) === 0x400000;
    const half = words[x * 3 + 2] === 0xfc000000;
    if (half) words[x * 3 + 2] = 0;
    if (!wide) continue;
    if (x + 1 < cols && words[x * 3 + 5] === 0xfc000000) x++;
    else {
      words[x * 3] = 0;
      row.clusters?.delete(x);
    }
  }
  return row;
}

const colour = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  fc.nat(15).map((n) => COLOUR_BASIC | n),
  fc.nat(255).map((n) => COLOUR_256 | n),
  fc.nat(0xffffff).map((n) => COLOUR_RGB | n),
);
const style: fc.Arbitrary<Style> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ fg: 0, bg: 0, attr: 0 }) },
  fc.record({ fg: colour, bg: colour, attr: fc.nat(0x7f) }),
);
// Only characters that xterm.js measures as the host does.
const text = fc
  .array(
    fc.constantFrom('a', 'b', 'x', ' ', ' ', '-', '中', '字', 'é', 'e\u{301}', 'e\u{300}', '─', '│', 'ß', '→', '☃'),
    {
      maxLength: 24,
    },
  )
  .map((chars) => chars.join(''));
const shape = fc.constantFrom<CursorShape>(0, 1, 2, 3, 4, 5, 6);
const title = fc.constantFrom('', 'one', 'zwei — ü', 'three\u{1b}]2;no\u{7}');

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('text'), y: fc.nat(40), x: fc.nat(60), text, style }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fill'), y: fc.nat(40), x: fc.nat(60), cols: fc.nat(40), style }),
  },
  fc.record({ do: fc.constant('clear'), y: fc.nat(40) }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('scroll'),
      top: fc.nat(40),
      bottom: fc.nat(40),
      by: fc.integer({ min: -3, max: 3 }),
    }),
  },
  fc.record({ do: fc.constant('shift'), y: fc.nat(40), x: fc.nat(20), by: fc.integer({ min: -3, max: 3 }) }),
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('cursor'), x: fc.nat(60), y: fc.nat(40), visible: fc.boolean(), shape }),
  },
  fc.record({
    do: fc.constant('modes'),
    mouse: fc.constantFrom<Picture['mouse']>('off', 'standard', 'button', 'any'),
    focus: fc.boolean(),
    keypad: fc.boolean(),
    bells: fc.nat(2),
    title,
  }),
);
