import { CellFlag, type SnapshotLine, type SnapshotPane, type SnapshotScreen } from '#tmate-protocol';
import { COLOUR_256, COLOUR_BASIC, COLOUR_KIND_MASK, COLOUR_RGB, DEFAULT_COLOUR, type Colour } from '#tmux';
import { ATTR_SHIFT, COMBINED_BIT, PADDING_MARK, WIDTH_SHIFT } from '../row.js';
import { resetPens } from './cursor.js';
import { growLine, Line, MAX_CELLS, setCell, setCluster } from './line.js';
import { ALL_MODES } from './mode-bits.js';
import { History } from './history.js';
import { defaultPen, defaultTabs, newLine, touch, type Screen } from './screen.js';
import { codePointWidth } from './width.js';

/**
 * Puts a pane's content from a SNAPSHOT on its screen, whose size stays. What the host does not send is reset: pens, tab stops,
 * scroll region, title, cursor shape, and which lines were wrapped.
 */
export function loadSnapshot(screen: Screen, pane: SnapshotPane): void {
  resetPens(screen);
  screen.tabs = defaultTabs(screen.cols);
  screen.upper = 0;
  screen.lower = screen.rows - 1;
  screen.mode = pane.mode & ALL_MODES;
  screen.history = new History();
  const { lines, cursorX, cursorY } = pane.screen;
  const excess = Math.max(0, lines.length - screen.rows);
  for (const line of lines.slice(Math.max(0, excess - screen.historyLimit), excess))
    screen.history.push(unpackCells(line));
  screen.view = inView(screen, pane.screen, excess);
  screen.cx = Math.min(cursorX, screen.cols);
  screen.cy = Math.min(cursorY, screen.rows - 1);
  loadSaved(screen, pane.saved);
}

/** The main screen, while the alternate one is shown. */
function loadSaved(screen: Screen, saved: SnapshotScreen | undefined): void {
  screen.saved = undefined;
  screen.keepsHistory = saved === undefined;
  if (saved === undefined) return;
  const { cols, rows } = screen;
  screen.saved = { lines: inView(screen, saved, Math.max(0, saved.lines.length - rows)), cols, rows };
  screen.alternateX = Math.min(saved.cursorX, cols);
  screen.alternateY = Math.min(saved.cursorY, rows - 1);
  screen.alternatePen = defaultPen();
}

/** The screen's rows: lines from `from` on, then blank ones. */
function inView(screen: Screen, { lines }: SnapshotScreen, from: number): Line[] {
  return Array.from({ length: screen.rows }, (_, y) => {
    const packed = lines[from + y];
    if (packed === undefined) return newLine(screen);
    const line = unpackCells(packed);
    touch(screen, line);
    return line;
  });
}

/**
 * A line's cells. Each has one character in the text and the combining ones after it, the right half of a wide one a
 * character that is not shown.
 */
function unpackCells({ text, cells }: SnapshotLine): Line {
  const line = new Line();
  const count = Math.min(cells.length, MAX_CELLS);
  const characters = Array.from(text);
  growLine(line, count);
  let next = 0;
  for (let x = 0; x < count; x++) {
    const base = characters[next++] ?? ' ';
    let whole = base;
    for (let mark = characters[next]; mark !== undefined && widthOf(mark) === 0; mark = characters[++next])
      whole += mark;
    setSnapshotCell(line, x, cells[x] ?? 0, whole);
  }
  return line;
}

const widthOf = (character: string) => codePointWidth(character.codePointAt(0) ?? 0);

function setSnapshotCell(line: Line, x: number, cell: number, text: string): void {
  const flags = cell >>> 24;
  if ((flags & CellFlag.padding) !== 0) {
    line.complex = true;
    return setCell(line, x, 0, 0, PADDING_MARK);
  }
  const width = widthOf(text);
  const character = width > 0 ? (text.codePointAt(0) ?? 0x20) : 0x20;
  const combined = character > 0xffff ? text.length > 2 : text.length > 1;
  let fg = colourOf(cell & 0xff, flags & CellFlag.fg256, flags & CellFlag.fgRgb);
  let bg = colourOf((cell >>> 8) & 0xff, flags & CellFlag.bg256, flags & CellFlag.bgRgb);
  if (!legible(fg, bg)) fg = bg = DEFAULT_COLOUR;
  const attr = (cell >>> 16) & 0xff;
  const word = (attr << ATTR_SHIFT) | (Math.max(1, width) << WIDTH_SHIFT) | character | (combined ? COMBINED_BIT : 0);
  setCell(line, x, word >>> 0, fg, bg);
  line.complex ||= combined || width > 1;
  if (combined) setCluster(line, x, text);
}

/** Of a 24-bit colour only the red part comes: it is shown as a grey of that lightness. */
function colourOf(value: number, is256: number, isRgb: number): Colour {
  if (isRgb !== 0) return COLOUR_RGB | (value * 0x10101);
  if (is256 !== 0) return COLOUR_256 | value;
  if (value < 8) return COLOUR_BASIC | value;
  return value >= 90 && value <= 97 ? COLOUR_BASIC | (value - 82) : DEFAULT_COLOUR;
}

/** Two guessed greys may be too close to read. */
function legible(fg: Colour, bg: Colour): boolean {
  if ((fg & COLOUR_KIND_MASK) !== COLOUR_RGB || (bg & COLOUR_KIND_MASK) !== COLOUR_RGB) return true;
  return Math.abs((fg & 0xff) - (bg & 0xff)) >= 64;
}
