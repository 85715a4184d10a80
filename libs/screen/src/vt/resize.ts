import { clampSide, defaultTabs, newLine, type Screen } from './screen.js';
import { reflow } from './reflow.js';

/** Changes the screen's size; with `wrapAnew` the lines are wrapped to the new width, even if it is the old one. */
export function resizeScreen(screen: Screen, cols: number, rows: number, wrapAnew: boolean): void {
  const width = clampSide(cols);
  const height = clampSide(rows);
  if (width !== screen.cols) {
    // Lines keep what is beyond the new width: it comes back when the screen widens.
    if (screen.cx >= width) screen.cx = width - 1;
    screen.cols = width;
    screen.tabs = defaultTabs(width);
  }
  if (height < screen.rows) shrink(screen, height);
  else if (height > screen.rows) grow(screen, height);
  if (wrapAnew) reflow(screen);
}

/** Takes lines from below the cursor first, then from the top: into the history, if it is kept. */
function shrink(screen: Screen, rows: number): void {
  const { view } = screen;
  const below = Math.min(screen.rows - 1 - screen.cy, screen.rows - rows);
  view.length = screen.rows - below;
  const above = screen.rows - rows - below;
  for (const line of view.splice(0, above)) if (screen.keepsHistory) screen.history.push(line);
  screen.cy -= above;
  setRows(screen, rows);
}

/** Brings lines back out of the history, if it is kept, then adds empty ones. */
function grow(screen: Screen, rows: number): void {
  const back = screen.keepsHistory ? Math.min(screen.history.length, rows - screen.rows) : 0;
  for (let i = 0; i < back; i++) {
    const line = screen.history.pop();
    if (line === undefined) break;
    line.stamp = ++screen.stamps;
    screen.view.unshift(line);
  }
  screen.cy += back;
  while (screen.view.length < rows) screen.view.push(newLine(screen));
  setRows(screen, rows);
}

function setRows(screen: Screen, rows: number): void {
  screen.rows = rows;
  screen.upper = 0;
  screen.lower = rows - 1;
}
