import { CODE_POINT_MASK, COMBINED_BIT, PADDING_MARK, Row, WIDTH_SHIFT, WORDS_PER_CELL } from '../row.js';

/** No line grows beyond this, whatever its pane's width or a program's cursor says. */
export const MAX_CELLS = 10_000;

/** Bits of word 0 of a narrow character. */
export const NARROW = 1 << WIDTH_SHIFT;

/**
 * A row and what the host knows about it: a line ends at the last written cell, which decides how it is wrapped again when the
 * width changes, and whether a cleared screen goes into the history. Words beyond `size` are 0.
 */
export class Line extends Row {
  /** How many cells were written, blanks included: tmux's `cellsize`. May be more than the pane is wide. */
  size = 0;
  /** Some cell is, or was, wide or combined: writing over it needs care. */
  complex = false;
  /** No cell is, or was, anything but ASCII in the default style: it packs fast. */
  plain = true;

  constructor(cols = 0) {
    super(cols);
  }
}

const NO_WORDS = new Uint32Array(0);

/** For that few words, calling `fill` costs more than a loop. */
const FEW_WORDS = 96;

/** Makes an empty line of one whose content nobody shows any more; keeps its room, if that is for up to `cols` cells. */
export function reuseLine(line: Line, cols: number): void {
  const { words } = line;
  const end = line.size * WORDS_PER_CELL;
  if (words.length > cols * WORDS_PER_CELL) line.words = NO_WORDS;
  else if (end > FEW_WORDS) words.fill(0, 0, end);
  else for (let i = 0; i < end; i++) words[i] = 0;
  line.size = 0;
  line.wrapped = false;
  line.clusters = undefined;
  resetKind(line);
}

/** Makes room for `cells` cells; those beyond `size` stay blank. */
export function growLine(line: Line, cells: number, hint = 0): void {
  if (line.words.length >= cells * WORDS_PER_CELL) return;
  const words = new Uint32Array(Math.max(cells, hint) * WORDS_PER_CELL);
  words.set(line.words);
  line.words = words;
}

/** Counts the cells up to `cells` as written. */
export function expandLine(line: Line, cells: number): void {
  if (cells <= line.size) return;
  growLine(line, cells);
  line.size = cells;
}

/** Makes cells `from` to `to` (not included) blank; they stay written. */
export function blankCells(line: Line, from: number, to: number): void {
  line.words.fill(0, from * WORDS_PER_CELL, to * WORDS_PER_CELL);
  if (line.clusters === undefined) return;
  for (const column of line.clusters.keys()) if (column >= from && column < to) line.clusters.delete(column);
}

/** Forgets what was written from cell `size` on. */
export function truncateLine(line: Line, size: number): void {
  if (size >= line.size) return;
  blankCells(line, size, line.size);
  line.size = size;
  if (size === 0) resetKind(line);
}

function resetKind(line: Line): void {
  line.complex = false;
  line.plain = true;
}

/** Empties the line, as if nothing had ever been written. */
export function clearLine(line: Line): void {
  truncateLine(line, 0);
  line.wrapped = false;
}

/** Moves `count` cells from `from` to `to`; the cells they leave are blank, and all concerned count as written. */
export function moveCells(line: Line, to: number, from: number, count: number): void {
  if (count <= 0 || from === to || Math.max(from, to) + count > MAX_CELLS) return;
  expandLine(line, Math.max(from, to) + count);
  const moved = takeClusters(line, from, from + count);
  line.words.copyWithin(to * WORDS_PER_CELL, from * WORDS_PER_CELL, (from + count) * WORDS_PER_CELL);
  if (line.clusters !== undefined) {
    for (const column of line.clusters.keys()) if (column >= to && column < to + count) line.clusters.delete(column);
    for (const [column, text] of moved) line.clusters.set(column - from + to, text);
  }
  if (to > from) line.words.fill(0, from * WORDS_PER_CELL, Math.min(to, from + count) * WORDS_PER_CELL);
  else line.words.fill(0, Math.max(from, to + count) * WORDS_PER_CELL, (from + count) * WORDS_PER_CELL);
}

function takeClusters(line: Line, from: number, to: number): [number, string][] {
  const taken: [number, string][] = [];
  for (const entry of line.clusters ?? []) if (entry[0] >= from && entry[0] < to) taken.push(entry);
  for (const [column] of taken) line.clusters?.delete(column);
  return taken;
}

/** Copies `count` cells of `source` from `from` on to the end of `target`. */
export function appendCells(target: Line, source: Line, from: number, count: number, hint: number): void {
  const at = target.size;
  growLine(target, at + count, hint);
  target.words.set(source.words.subarray(from * WORDS_PER_CELL, (from + count) * WORDS_PER_CELL), at * WORDS_PER_CELL);
  for (const [column, text] of source.clusters ?? []) {
    if (column >= from && column < from + count) setCluster(target, column - from + at, text);
  }
  target.size = at + count;
  target.complex ||= source.complex;
  target.plain &&= source.plain;
}

/** A line of the same content. */
export function cloneLine(source: Line): Line {
  const line = new Line();
  appendCells(line, source, 0, source.size, 0);
  line.wrapped = source.wrapped;
  return line;
}

/** Whether the cell has no character: a blank, written or not, or the right half of a wide one. */
export function isBlank(row: Row, column: number): boolean {
  const at = column * WORDS_PER_CELL;
  const text = ((row.words[at] ?? 0) & (CODE_POINT_MASK | COMBINED_BIT)) >>> 0;
  return text === 0x20 || text === 0;
}

/** Sets the whole text of a cell that holds more than one code point; the caller sets its words. */
export function setCluster(line: Line, column: number, text: string): void {
  (line.clusters ??= new Map()).set(column, text);
}

/** Sets one cell, whatever it was; `line` must have room for it. */
export function setCell(line: Line, column: number, word0: number, word1: number, word2: number): void {
  const at = column * WORDS_PER_CELL;
  line.words[at] = word0;
  line.words[at + 1] = word1;
  line.words[at + 2] = word2;
  line.clusters?.delete(column);
  line.plain = false;
  if (column >= line.size) line.size = column + 1;
}

/** Whether the cell is the right half of a wide character. */
export function isPadding(line: Line, column: number): boolean {
  return column < line.size && line.words[column * WORDS_PER_CELL + 2] === PADDING_MARK;
}

/** The text of a cell; a blank one is a space, a right half nothing. */
export function cellText(row: Row, column: number): string {
  const at = column * WORDS_PER_CELL;
  const word = row.words[at] ?? 0;
  if (row.words[at + 2] === PADDING_MARK) return '';
  if ((word & COMBINED_BIT) !== 0) return row.clusters?.get(column) ?? ' ';
  return word === 0 ? ' ' : String.fromCodePoint(word & 0x1fffff);
}
