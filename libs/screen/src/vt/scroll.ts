import { clearLine, reuseLine } from './line.js';
import { newLine, touch, type Screen } from './screen.js';

/** Makes room at the limit as the host does: the oldest tenth goes at once. */
function trimHistory(screen: Screen): void {
  const { history, historyLimit } = screen;
  if (history.length >= historyLimit) history.dropOldest(Math.max(1, Math.floor(historyLimit / 10)));
}

/**
 * Moves the lines below `from` up by one, down to `to`, and puts an empty line there. The line that leaves is used again, and
 * if the whole screen moves, no line moves in memory: in a flood of short lines, making new lines and moving the others was
 * most of the cost.
 */
function rotateUp(screen: Screen, from: number, to: number): void {
  const line = screen.at(from);
  if (from === 0 && to === screen.rows - 1) screen.rotate();
  else {
    const { view } = screen;
    view.copyWithin(from, from + 1, to + 1);
    view[to] = line;
  }
  reuseLine(line, screen.cols);
  touch(screen, line);
}

/** Moves line `y` out of view, into the history if there is one, and inserts an empty one at `to`. */
function retire(screen: Screen, y: number, to: number): void {
  if (screen.historyLimit > 0) screen.history.push(screen.at(y));
  rotateUp(screen, y, to);
}

/** Scrolls the region up by one line. The line that leaves it goes into the history, wherever the region begins. */
export function scrollUp(screen: Screen): void {
  const { upper, lower } = screen;
  if (screen.keepsHistory) {
    trimHistory(screen);
    retire(screen, upper, lower);
    return;
  }
  // The host moves no line if there is only one, and then does not clear it either.
  if (upper < lower) rotateUp(screen, upper, lower);
}

/** Scrolls the region down by one line; what leaves it at the bottom is lost. */
export function scrollDown(screen: Screen): void {
  const { view, upper, lower } = screen;
  if (upper === lower) return;
  view.splice(lower, 1);
  view.splice(upper, 0, newLine(screen));
}

/** IL: `CSI n L`, inside the region or, with the cursor outside it, to the screen's end. */
export function insertLines(screen: Screen, count: number): void {
  const { view, cy, upper, lower, rows } = screen;
  const inside = cy >= upper && cy <= lower;
  const end = inside ? lower + 1 : rows;
  const n = Math.min(count, end - cy);
  if (!inside) return moveLinesDown(screen, n);
  view.splice(end - n, n);
  view.splice(cy, 0, ...emptyLines(screen, n));
}

/**
 * Moves the lines from the cursor's on down by `n`. Outside the region the host blanks only the lines that it moved:
 * where `n` is more than these, those between stay as they are.
 */
function moveLinesDown(screen: Screen, n: number): void {
  const { view, cy } = screen;
  const moved = view.slice(cy, screen.rows - n);
  for (const [i, line] of moved.entries()) view[cy + n + i] = line;
  for (let i = 0; i < Math.min(n, moved.length); i++) view[cy + i] = newLine(screen);
}

/** DL: `CSI n M`. */
export function deleteLines(screen: Screen, count: number): void {
  const { view, cy, upper, lower, rows } = screen;
  const end = cy >= upper && cy <= lower ? lower + 1 : rows;
  const n = Math.min(count, end - cy);
  view.splice(cy, n);
  view.splice(end - n, 0, ...emptyLines(screen, n));
}

const emptyLines = (screen: Screen, count: number) => Array.from({ length: count }, () => newLine(screen));

/** Clears the screen by scrolling what is on it into the history, down to the last line written. */
export function clearIntoHistory(screen: Screen): void {
  const last = screen.view.findLastIndex((line) => line.size > 0);
  for (let y = 0; y <= last; y++) {
    trimHistory(screen);
    retire(screen, 0, screen.rows - 1);
  }
}

/** Clears `count` whole lines from `y` on. */
export function clearLines(screen: Screen, y: number, count: number): void {
  for (let i = y; i < y + count; i++) {
    const line = screen.at(i);
    clearLine(line);
    touch(screen, line);
  }
}
