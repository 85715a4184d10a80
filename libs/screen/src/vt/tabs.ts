import type { Screen } from './screen.js';

/** HT: to the next stop, or the last column. */
export function tabForward(screen: Screen): void {
  if (screen.cx >= screen.cols - 1) return;
  do {
    screen.cx++;
  } while (screen.tabs[screen.cx] !== 1 && screen.cx < screen.cols - 1);
}

/** CBT: `CSI n Z`. */
export function tabBackward(screen: Screen, count: number): void {
  let x = Math.min(screen.cx, screen.cols - 1);
  for (let n = count; x > 0 && n > 0; n--) {
    do {
      x--;
    } while (x > 0 && screen.tabs[x] !== 1);
  }
  screen.cx = x;
}

/** HTS: `ESC H`. */
export function setTab(screen: Screen): void {
  if (screen.cx < screen.cols) screen.tabs[screen.cx] = 1;
}

/** TBC: `CSI n g`. */
export function clearTabs(screen: Screen, what: number): void {
  if (what === 0 && screen.cx < screen.cols) screen.tabs[screen.cx] = 0;
  else if (what === 3) screen.tabs.fill(0);
}
