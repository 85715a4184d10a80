import { COLOUR_MASK, DEFAULT_COLOUR, type Style } from '#tmux';
import {
  ATTR_SHIFT,
  CODE_POINT_MASK,
  COMBINED_BIT,
  PADDING_MARK,
  Row,
  WIDTH_MASK,
  WIDTH_SHIFT,
  WORDS_PER_CELL,
} from './row.js';
import { codePointWidth } from './vt/width.js';

/** Combining characters that one cell keeps; what follows is dropped, as terminals do. */
const MAX_CLUSTER_UNITS = 32;

/** How many columns a character takes: 0 for one that combines with the previous one, and for one that is not printable. */
export function charWidth(codePoint: number): 0 | 1 | 2 {
  return Math.max(0, codePointWidth(codePoint)) as 0 | 1 | 2;
}

/** How many columns `text` takes; characters that are not printable take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char.codePointAt(0) ?? 0);
  return width;
}

/** Writes one cell of width 1 or 2; the right half of a wide one is written too. */
export function putCell(row: Row, x: number, codePoint: number, width: number, style: Style): void {
  const at = x * WORDS_PER_CELL;
  row.words[at] = (codePoint | (width << WIDTH_SHIFT) | (style.attr << ATTR_SHIFT)) >>> 0;
  row.words[at + 1] = style.fg & COLOUR_MASK;
  row.words[at + 2] = style.bg & COLOUR_MASK;
  if (width === 2) {
    row.words[at + 3] = 0;
    row.words[at + 4] = 0;
    row.words[at + 5] = PADDING_MARK;
  }
  if (row.clusters !== undefined) row.clusters.delete(x);
}

/** Writes blanks of `style` in the columns `from` up to but not including `to`. */
export function fillCells(row: Row, from: number, to: number, style: Style): void {
  for (let x = from; x < to; x++) putCell(row, x, 0x20, 1, style);
}

/**
 * Writes `text` at column `x`, in columns below `end` only: a wide character that would reach beyond is a blank of style
 * `rest`, and nothing follows it. What is not printable is left out. Returns the column after the last one written.
 */
export function putText(row: Row, x: number, text: string, style: Style, end = row.cols, rest = style): number {
  const limit = Math.min(end, row.cols);
  let last = -1;
  for (const char of text) {
    const codePoint = char.codePointAt(0) ?? 0;
    const width = codePointWidth(codePoint);
    if (width === 0 && last >= 0) combine(row, last, char);
    if (width <= 0) continue;
    if (x + width > limit) {
      fillCells(row, x, limit, rest);
      return Math.max(x, limit);
    }
    putCell(row, x, codePoint, width, style);
    last = x;
    x += width;
  }
  return x;
}

/** Adds a combining character to the cell at `x`. */
function combine(row: Row, x: number, char: string): void {
  const at = x * WORDS_PER_CELL;
  const word = row.words[at] ?? 0;
  const base = row.clusters?.get(x) ?? String.fromCodePoint(word & CODE_POINT_MASK);
  if (base.length + char.length > MAX_CLUSTER_UNITS) return;
  row.clusters ??= new Map();
  row.clusters.set(x, base + char);
  row.words[at] = (word | COMBINED_BIT) >>> 0;
}

/**
 * Copies `cols` cells from column `from` of `source` to column `to` of `target`, as far as `source` has them. A wide
 * character that is cut in two at either end becomes a blank.
 */
export function copyCells(source: Row, from: number, target: Row, to: number, cols: number): void {
  const count = Math.min(cols, source.cols - from, target.cols - to);
  if (count <= 0 || from < 0) return;
  const start = from * WORDS_PER_CELL;
  target.words.set(source.words.subarray(start, start + count * WORDS_PER_CELL), to * WORDS_PER_CELL);
  if (source.clusters !== undefined) {
    for (const [x, text] of source.clusters) {
      if (x < from || x >= from + count) continue;
      target.clusters ??= new Map();
      target.clusters.set(x - from + to, text);
    }
  }
  const first = to * WORDS_PER_CELL;
  if (target.words[first + 2] === PADDING_MARK) target.words[first + 2] = 0;
  const last = (to + count - 1) * WORDS_PER_CELL;
  if (((target.words[last] ?? 0) & WIDTH_MASK) >>> WIDTH_SHIFT === 2) {
    target.words[last] = 0;
    target.clusters?.delete(to + count - 1);
  }
}

/** Shows the columns `from` up to but not including `to` in the given colours wherever the terminal's own would be seen. */
export function colourCells(row: Row, from: number, to: number, { fg, bg }: Style): void {
  const { words } = row;
  for (let at = from * WORDS_PER_CELL; at < Math.min(to, row.cols) * WORDS_PER_CELL; at += WORDS_PER_CELL) {
    if (words[at + 2] === PADDING_MARK) continue;
    if (words[at] === 0) {
      if (bg === DEFAULT_COLOUR) continue;
      words[at] = (1 << WIDTH_SHIFT) | 0x20;
    }
    if (((words[at + 1] ?? 0) & COLOUR_MASK) === DEFAULT_COLOUR) words[at + 1] = ((words[at + 1] ?? 0) | fg) >>> 0;
    if (((words[at + 2] ?? 0) & COLOUR_MASK) === DEFAULT_COLOUR) words[at + 2] = ((words[at + 2] ?? 0) | bg) >>> 0;
  }
}

/** Whether two rows show the same: all their words and clusters are equal. */
export function sameCells(a: Row, b: Row): boolean {
  if (a === b) return true;
  if (a.cols !== b.cols) return false;
  const left = a.words;
  const right = b.words;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  const clusters = a.clusters;
  const others = b.clusters;
  if ((clusters?.size ?? 0) !== (others?.size ?? 0)) return false;
  if (clusters !== undefined) for (const [x, text] of clusters) if (others?.get(x) !== text) return false;
  return true;
}

/** A cell's columns: 2 for a wide character that fits, else 1; never 0, so that a walk over a broken row ends. */
export function unitWidth(row: Row, x: number): 1 | 2 {
  const word = row.words[x * WORDS_PER_CELL] ?? 0;
  return (word & WIDTH_MASK) >>> WIDTH_SHIFT === 2 && x + 1 < row.cols ? 2 : 1;
}

/** The row's text, blanks at the end left out. */
export function rowText(row: Row): string {
  let text = '';
  for (let x = 0; x < row.cols; x += unitWidth(row, x)) {
    const word = row.words[x * WORDS_PER_CELL] ?? 0;
    const cluster = (word & COMBINED_BIT) !== 0 ? row.clusters?.get(x) : undefined;
    const codePoint = word & CODE_POINT_MASK;
    text += cluster ?? (codePoint === 0 || codePoint > 0x10ffff ? ' ' : String.fromCodePoint(codePoint));
  }
  return text.trimEnd();
}
