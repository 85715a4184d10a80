import { clearLines } from './scroll.js';
import { cloneLine } from './line.js';
import { resizeScreen } from './resize.js';
import { touch, type Screen } from './screen.js';

/** Modes 47, 1047 and, with the cursor, 1049: the screen is kept aside and begins empty, its cursor where it was. */
export function enterAlternate(screen: Screen, withCursor: boolean): void {
  if (screen.saved !== undefined || !screen.allowsAlternate) return;
  screen.saved = { lines: screen.view.map(cloneLine), cols: screen.cols, rows: screen.rows };
  if (withCursor) {
    screen.alternateX = screen.cx;
    screen.alternateY = screen.cy;
  }
  const { attr, fg, bg } = screen.pen;
  screen.alternatePen = { attr, fg, bg };
  clearLines(screen, 0, screen.rows);
  screen.keepsHistory = false;
}

/**
 * Back to the normal screen. If the screen has become higher meanwhile, it shrinks to the old height and grows again, so that
 * lines come back from the history; if it has become lower, it keeps the old screen's first lines.
 */
export function leaveAlternate(screen: Screen, withCursor: boolean): void {
  const { saved, cols, rows } = screen;
  if (saved === undefined || !screen.allowsAlternate) return;
  if (rows > saved.rows) resizeScreen(screen, cols, saved.rows, true);
  for (const [y, line] of saved.lines.slice(0, screen.rows).entries()) {
    touch(screen, line);
    screen.view[y] = line;
  }
  if (withCursor) {
    screen.cx = screen.alternateX;
    screen.cy = screen.alternateY;
  }
  screen.cx = Math.min(screen.cx, screen.cols - 1);
  screen.cy = Math.min(screen.cy, screen.rows - 1);
  Object.assign(screen.pen, screen.alternatePen);
  screen.keepsHistory = true;
  if (rows > saved.rows || cols !== saved.cols) resizeScreen(screen, cols, rows, true);
  screen.saved = undefined;
}
