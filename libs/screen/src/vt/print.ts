import { ATTR_SHIFT, CODE_POINT_MASK, COMBINED_BIT, PADDING_MARK, WIDTH_SHIFT, WORDS_PER_CELL } from '../row.js';
import { Attr } from '#tmux';
import { lineFeed } from './cursor.js';
import {
  expandLine,
  growLine,
  isPadding,
  MAX_CELLS,
  moveCells,
  NARROW,
  setCell,
  setCluster,
  type Line,
} from './line.js';
import { Mode } from './mode-bits.js';
import { touch, type Screen } from './screen.js';
import { codePointWidth, utf8Length } from './width.js';

/** A cell's text is no longer than this, in UTF-8: what more combines with it is dropped. */
const MAX_CLUSTER_BYTES = 9;
const LINK_LOW_BITS = 6;
const LINK_SHIFT = 26;

/** Words 1 and 2 of what is printed, as signed numbers: those stay out of the heap. */
const word1 = (screen: Screen) => screen.pen.fg | (screen.link << LINK_SHIFT);
const word2 = (screen: Screen) => screen.pen.bg | ((screen.link >>> LINK_LOW_BITS) << LINK_SHIFT);

/** The pen's attributes, and the line-drawing attribute if that set is in use. */
function printAttr(screen: Screen): number {
  const { pen } = screen;
  const drawing = pen.set === 0 ? pen.g0 : pen.g1;
  return drawing ? pen.attr | Attr.charset : pen.attr;
}

/**
 * Prints the printable ASCII that `bytes` holds from `from` on: the path that most output takes. Returns where it ends.
 */
export function printAscii(screen: Screen, bytes: Uint8Array, from: number): number {
  const attr = printAttr(screen);
  const base = (attr << ATTR_SHIFT) | NARROW;
  const fg = word1(screen);
  const bg = word2(screen);
  const { cols } = screen;
  const { length } = bytes;
  const plain = base === NARROW && fg === 0 && bg === 0;
  const simple = (screen.mode & (Mode.wrap | Mode.insert)) === Mode.wrap;
  let i = from;
  while (i < length) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > 0x7e) break;
    if (simple && screen.cx > cols - 1) {
      lineFeed(screen, true);
      screen.cx = 0;
    }
    const line = screen.line(screen.cy);
    if (line === undefined) break;
    if (!simple || line.complex) {
      printCharacter(screen, byte, 1, attr);
      i++;
      continue;
    }
    if (line.words.length < cols * WORDS_PER_CELL) growLine(line, cols);
    const start = i;
    const end = Math.min(length, i + cols - screen.cx);
    const at = screen.cx * WORDS_PER_CELL;
    if (plain && line.plain) i = writePlain(line.words, at, bytes, i, end);
    else i = writeStyled(line.words, at, bytes, i, end, base, fg, bg);
    const x = screen.cx + i - start;
    screen.cx = x;
    if (line.size < x) line.size = x;
    if (!plain) line.plain = false;
    line.stamp = ++screen.stamps;
  }
  return i;
}

/** Writes printable bytes into cells of a plain line, whose colours are the default ones already. */
function writePlain(words: Uint32Array, to: number, bytes: Uint8Array, from: number, end: number): number {
  let at = to;
  let i = from;
  for (; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > 0x7e) break;
    words[at] = NARROW | byte;
    at += WORDS_PER_CELL;
  }
  return i;
}

/** Writes printable bytes into cells that look as `base`, `word1` and `word2` say. */
function writeStyled(
  words: Uint32Array,
  to: number,
  bytes: Uint8Array,
  from: number,
  end: number,
  base: number,
  word1: number,
  word2: number,
): number {
  let at = to;
  let i = from;
  for (; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > 0x7e) break;
    words[at] = base | byte;
    words[at + 1] = word1;
    words[at + 2] = word2;
    at += WORDS_PER_CELL;
  }
  return i;
}

/** Prints one character that came as UTF-8; the line-drawing set does not apply to it. */
export function printCodePoint(screen: Screen, codePoint: number): void {
  const width = codePointWidth(codePoint);
  if (width >= 0) printCharacter(screen, codePoint, width, screen.pen.attr);
}

/** Prints one character of any width, in any mode. Columns are compared as unsigned numbers, as the host does. */
export function printCharacter(screen: Screen, codePoint: number, width: number, attr: number): void {
  const { cols } = screen;
  const wraps = (screen.mode & Mode.wrap) !== 0;
  const lastStart = (cols - width) >>> 0;
  if (!wraps && width > 1 && (width > cols || (screen.cx !== cols && screen.cx > lastStart))) return;
  if (width === 0) return combine(screen, codePoint);
  // Once there is a history, the host's model moves the cells of a wrong line, while its terminal moves the right ones: only
  // here, what the terminal shows counts.
  if ((screen.mode & Mode.insert) !== 0 && screen.cx <= lastStart) {
    moveCells(screen.at(screen.cy), screen.cx + width, screen.cx, cols - screen.cx - width);
  }
  if (wraps && screen.cx > lastStart) {
    lineFeed(screen, true);
    screen.cx = 0;
  }
  const { cx } = screen;
  if (cx > lastStart) return;
  const line = screen.at(screen.cy);
  if (line.words.length < cols * WORDS_PER_CELL) growLine(line, cols);
  growLine(line, cx + width);
  if (line.complex) clearOverwritten(line, cols, cx, width);
  if (width > 1) {
    line.complex = true;
    for (let x = cx + 1; x < cx + width; x++) setCell(line, x, 0, 0, PADDING_MARK);
  }
  setCell(line, cx, (attr << ATTR_SHIFT) | (width << WIDTH_SHIFT) | codePoint, word1(screen), word2(screen));
  touch(screen, line);
  // Without wrapping the cursor sticks to the last column.
  const last = wraps ? 0 : 1;
  screen.cx = cx <= (cols - last - width) >>> 0 ? cx + width : cols - last;
}

/** Blanks the other half of wide characters of which a cell is about to be overwritten. */
export function clearOverwritten(line: Line, cols: number, cx: number, width: number): void {
  if (isPadding(line, cx)) {
    let x = cx;
    while (x > 0 && isPadding(line, x)) setCell(line, x--, NARROW | 0x20, 0, 0);
    setCell(line, x, NARROW | 0x20, 0, 0);
  }
  for (let x = cx + width; x < cols && isPadding(line, x); x++) setCell(line, x, NARROW | 0x20, 0, 0);
}

/** Adds a character of no width to the cell before the cursor, if there is one and it has room. */
function combine(screen: Screen, codePoint: number): void {
  const x = screen.cx - 1;
  if (x < 0 || x >= MAX_CELLS) return;
  const line = screen.at(screen.cy);
  // On the right half of a wide character it is never seen.
  if (isPadding(line, x)) return;
  expandLine(line, x + 1);
  const at = x * WORDS_PER_CELL;
  const word = (line.words[at] ?? 0) === 0 ? NARROW | 0x20 : (line.words[at] ?? 0);
  const before =
    (word & COMBINED_BIT) === 0 ? String.fromCodePoint(word & CODE_POINT_MASK) : (line.clusters?.get(x) ?? ' ');
  const text = before + String.fromCodePoint(codePoint);
  let bytes = 0;
  for (const character of text) bytes += utf8Length(character.codePointAt(0) ?? 0);
  if (bytes > MAX_CLUSTER_BYTES) return;
  line.words[at] = word | COMBINED_BIT;
  line.complex = true;
  line.plain = false;
  setCluster(line, x, text);
  touch(screen, line);
}
