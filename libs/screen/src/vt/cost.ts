import { WORDS_PER_CELL, type Row } from '../row.js';
import type { Screen } from './screen.js';

/** Bytes of a cell, and of a line without its cells: the objects that hold them. */
const CELL_BYTES = 4 * WORDS_PER_CELL;
const LINE_BYTES = 160;
/** Bytes of the text of a cell with combined characters, with its place in a table. */
const CLUSTER_BYTES = 130;

/** Bytes that a screen of that size may take. */
export const screenBytes = (cols: number, rows: number): number => rows * (cols * CELL_BYTES + LINE_BYTES);

/** The most memory that a screen and the one behind it may take, by their sizes, without reading the lines. */
export function sizedBytes({ cols, rows, saved }: Screen): number {
  return screenBytes(cols, rows) + (saved === undefined ? 0 : screenBytes(saved.cols, saved.rows));
}

/** What the lines take beyond that: cells out of sight, and combined characters. Looks at each line. */
export function extraBytes(screen: Screen): number {
  let bytes = 0;
  for (let y = 0; y < screen.rows; y++) bytes += extraOf(screen.line(y), screen.cols);
  if (screen.saved !== undefined) for (const line of screen.saved.lines) bytes += extraOf(line, screen.saved.cols);
  return bytes;
}

function extraOf(row: Row | undefined, cols: number): number {
  if (row === undefined) return 0;
  const beyond = Math.max(0, row.words.byteLength - cols * CELL_BYTES);
  return beyond + (row.clusters === undefined ? 0 : row.clusters.size * CLUSTER_BYTES);
}
