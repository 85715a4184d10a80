import { defaultPen, type Screen } from './screen.js';
import { scrollDown, scrollUp } from './scroll.js';

/** CUP, HPA, VPA and all that places the cursor: kept on the screen. */
export function moveTo(screen: Screen, x: number, y: number): void {
  screen.cx = Math.min(x, screen.cols - 1);
  screen.cy = Math.min(y, screen.rows - 1);
}

/** CUU: stops at the region's top when it starts inside or below. */
export function cursorUp(screen: Screen, count: number): void {
  const room = screen.cy < screen.upper ? screen.cy : screen.cy - screen.upper;
  if (screen.cx === screen.cols) screen.cx--;
  screen.cy -= Math.min(count, room);
}

/** CUD: stops at the region's bottom when it starts inside or above. */
export function cursorDown(screen: Screen, count: number): void {
  const end = screen.cy > screen.lower ? screen.rows - 1 : screen.lower;
  if (screen.cx === screen.cols) screen.cx--;
  screen.cy += Math.min(count, end - screen.cy);
}

/** CUF: unsigned as the host counts, so that a cursor past the last column moves further to the right. */
export function cursorRight(screen: Screen, count: number): void {
  const room = (screen.cols - 1 - screen.cx) >>> 0;
  screen.cx = (screen.cx + Math.min(count, room)) >>> 0;
}

/** CUB. */
export function cursorLeft(screen: Screen, count: number): void {
  screen.cx -= Math.min(count, screen.cx);
}

/** BS: from the first column to the end of the line above, where that one wrapped into this. */
export function backspace(screen: Screen): void {
  if (screen.cx > 0) {
    screen.cx--;
    return;
  }
  if (screen.cy === 0 || !screen.at(screen.cy - 1).wrapped) return;
  screen.cy--;
  screen.cx = screen.cols - 1;
}

export function carriageReturn(screen: Screen): void {
  screen.cx = 0;
}

/** CNL. */
export function nextLine(screen: Screen, count: number): void {
  screen.cx = 0;
  cursorDown(screen, count);
}

/** CPL. */
export function previousLine(screen: Screen, count: number): void {
  screen.cx = 0;
  cursorUp(screen, count);
}

/** LF, IND and the wrap after the last column: marks how the line ended, then down or scroll. */
export function lineFeed(screen: Screen, wrapped: boolean): void {
  const line = screen.line(screen.cy);
  if (line !== undefined) line.wrapped = wrapped;
  if (screen.cy === screen.lower) scrollUp(screen);
  else if (screen.cy < screen.rows - 1) screen.cy++;
}

/** RI: `ESC M`. */
export function reverseIndex(screen: Screen): void {
  if (screen.cy === screen.upper) scrollDown(screen);
  else if (screen.cy > 0) screen.cy--;
}

/** DECSTBM: a region of one line, or upside down, is ignored. */
export function setRegion(screen: Screen, upper: number, lower: number): void {
  const top = Math.min(upper, screen.rows - 1);
  const bottom = Math.min(lower, screen.rows - 1);
  if (top >= bottom) return;
  screen.cx = 0;
  screen.cy = 0;
  screen.upper = top;
  screen.lower = bottom;
}

/** DECSC, SCP. */
export function saveCursor(screen: Screen): void {
  screen.savedPen = { ...screen.pen };
  screen.savedX = screen.cx;
  screen.savedY = screen.cy;
}

/** DECRC, RCP. */
export function restoreCursor(screen: Screen): void {
  screen.pen = { ...screen.savedPen };
  moveTo(screen, screen.savedX, screen.savedY);
}

/** Forgets pens, character sets and the saved cursor. */
export function resetPens(screen: Screen): void {
  screen.pen = defaultPen();
  screen.savedPen = defaultPen();
  screen.savedX = 0;
  screen.savedY = 0;
  screen.link = 0;
}
