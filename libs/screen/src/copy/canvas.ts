import { Attr, type Style } from '#tmux';
import {
  ATTR_MASK,
  ATTR_SHIFT,
  COMBINED_BIT,
  PADDING_MARK,
  WIDTH_MASK,
  WIDTH_SHIFT,
  WORDS_PER_CELL,
  type Row,
} from '../row.js';
import { NARROW, setCell, setCluster, type Line } from '../vt/line.js';
import { clearOverwritten } from '../vt/print.js';
import { codePointWidth } from '../vt/width.js';

/** A row of the view while it is drawn. */
export interface Canvas {
  readonly line: Line;
  readonly cols: number;
  /** Whether the column is selected. */
  readonly selected: (x: number) => boolean;
  /** How selected cells look. */
  readonly modeStyle: Style;
}

const BLANK = NARROW | 0x20;

/**
 * Draws cells `from` to `to` of `source` at the same columns. A right half without its left one takes no room, so that what
 * follows moves to the left, as at the host.
 */
export function drawCells(canvas: Canvas, source: Row | undefined, from: number, to: number): void {
  let x = from;
  for (let column = from; column < to; column++) {
    const at = column * WORDS_PER_CELL;
    const word2 = source?.words[at + 2] ?? 0;
    if (word2 === PADDING_MARK) continue;
    const word0 = source?.words[at] ?? 0;
    const text = (word0 & COMBINED_BIT) === 0 ? undefined : source?.clusters?.get(column);
    x = drawCell(canvas, x, word0 === 0 ? BLANK : word0, source?.words[at + 1] ?? 0, word2, text);
  }
}

/** Draws text of one style from column `x` on; what is past the last column is left out. */
export function drawText(canvas: Canvas, x: number, text: string, style: Style): void {
  let column = x;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0x20;
    const width = codePointWidth(codePoint);
    if (width <= 0) continue;
    column = drawCell(
      canvas,
      column,
      (style.attr << ATTR_SHIFT) | (width << WIDTH_SHIFT) | codePoint,
      style.fg,
      style.bg,
      undefined,
    );
  }
}

/** Draws one cell; returns the column after it. One that does not fit is left out. */
function drawCell(
  canvas: Canvas,
  x: number,
  word0: number,
  word1: number,
  word2: number,
  text: string | undefined,
): number {
  const { line, cols, modeStyle } = canvas;
  const width = Math.max(1, (word0 & WIDTH_MASK) >>> WIDTH_SHIFT);
  if (x + width > cols) return x;
  clearOverwritten(line, cols, x, width);
  for (let i = x + 1; i < x + width; i++) setCell(line, i, 0, 0, PADDING_MARK);
  if (canvas.selected(x)) {
    const attr = (modeStyle.attr & ~Attr.charset) << ATTR_SHIFT;
    setCell(
      line,
      x,
      ((word0 & ~ATTR_MASK) | attr | (word0 & (Attr.charset << ATTR_SHIFT))) >>> 0,
      modeStyle.fg,
      modeStyle.bg,
    );
  } else setCell(line, x, word0 >>> 0, word1, word2);
  if (text !== undefined) setCluster(line, x, text);
  return x + width;
}
