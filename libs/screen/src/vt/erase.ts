import { blankCells, clearLine, moveCells, NARROW, setCell, growLine, truncateLine } from './line.js';
import { clearIntoHistory, clearLines } from './scroll.js';
import { touch, type Screen } from './screen.js';

/*
 * Erased cells have the default colours whatever the pen's background: this host knows no back colour erase.
 */

/** Clears `count` cells of line `y`; to the end of what was written, the line gets shorter instead. */
function clearCells(screen: Screen, x: number, y: number, count: number): void {
  if (count === 0) return;
  const line = screen.at(y);
  touch(screen, line);
  if (x === 0 && count === screen.cols) clearLine(line);
  else if (x + count >= line.size) truncateLine(line, x);
  else blankCells(line, x, x + count);
}

/** ED 2; with a history the screen goes there. */
export function clearScreen(screen: Screen): void {
  if (screen.keepsHistory) clearIntoHistory(screen);
  else clearLines(screen, 0, screen.rows);
}

/** ED 0. From anywhere in the first line the host takes the whole screen away, the cells before the cursor too. */
export function clearToScreenEnd(screen: Screen): void {
  const { cx, cy, cols, rows } = screen;
  if (cy === 0 && screen.keepsHistory) return clearIntoHistory(screen);
  if (cx <= cols - 1) clearCells(screen, cx, cy, cols - cx);
  clearLines(screen, cy + 1, rows - cy - 1);
}

/** ED 1. */
export function clearToScreenStart(screen: Screen): void {
  clearLines(screen, 0, screen.cy);
  clearToLineStart(screen);
}

/** ED 3. */
export function clearHistory(screen: Screen): void {
  screen.history.clear();
}

/** EL 0. */
export function clearToLineEnd(screen: Screen): void {
  const { cx, cy, cols } = screen;
  if (cx <= cols - 1) clearCells(screen, cx, cy, cols - cx);
}

/** EL 1. */
export function clearToLineStart(screen: Screen): void {
  clearCells(screen, 0, screen.cy, Math.min(screen.cx + 1, screen.cols));
}

/** EL 2. */
export function clearWholeLine(screen: Screen): void {
  clearCells(screen, 0, screen.cy, screen.cols);
}

/** How many of `count` cells there are from the cursor to the end of the line. */
const cellsFromCursor = (screen: Screen, count: number) => Math.min(count, Math.max(0, screen.cols - screen.cx));

/** ECH: `CSI n X`. */
export function eraseCharacters(screen: Screen, count: number): void {
  clearCells(screen, screen.cx, screen.cy, cellsFromCursor(screen, count));
}

/** ICH: `CSI n @`. If there is no cell left to move, the host clears none, except in the last column. */
export function insertCharacters(screen: Screen, count: number): void {
  const { cx, cy, cols } = screen;
  const n = cellsFromCursor(screen, count);
  if (n === 0) return;
  if (cx === cols - 1) return clearCells(screen, cx, cy, 1);
  const line = screen.at(cy);
  moveCells(line, cx + n, cx, cols - cx - n);
  touch(screen, line);
}

/** DCH: `CSI n P`. */
export function deleteCharacters(screen: Screen, count: number): void {
  const { cx, cy, cols } = screen;
  const n = cellsFromCursor(screen, count);
  if (n === 0) return;
  const line = screen.at(cy);
  const left = cols - cx - n;
  if (left === 0) return clearCells(screen, cx, cy, n);
  moveCells(line, cx, cx + n, left);
  blankCells(line, cx + left, cols);
  touch(screen, line);
}

/** DECALN: `ESC # 8`. */
export function alignmentTest(screen: Screen): void {
  for (const line of screen.view) {
    growLine(line, screen.cols);
    for (let x = 0; x < screen.cols; x++) setCell(line, x, NARROW | 0x45, 0, 0);
    touch(screen, line);
  }
  screen.cx = 0;
  screen.cy = 0;
  screen.upper = 0;
  screen.lower = screen.rows - 1;
}
