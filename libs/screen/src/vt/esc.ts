import {
  backspace,
  carriageReturn,
  lineFeed,
  moveTo,
  resetPens,
  restoreCursor,
  reverseIndex,
  saveCursor,
  setRegion,
} from './cursor.js';
import { alignmentTest, clearScreen } from './erase.js';
import { Mode, RESET_MODES } from './mode-bits.js';
import { defaultTabs, type Screen } from './screen.js';
import { setTab, tabForward } from './tabs.js';

/** A control character of C0. */
export function dispatchControl(screen: Screen, byte: number): void {
  switch (byte) {
    case 0x07:
      screen.bells++;
      return;
    case 0x08:
      return backspace(screen);
    case 0x09:
      return tabForward(screen);
    case 0x0a:
    case 0x0b:
    case 0x0c:
      return lineFeed(screen, false);
    case 0x0d:
      return carriageReturn(screen);
    case 0x0e:
      screen.pen.set = 1;
      return;
    case 0x0f:
      screen.pen.set = 0;
      return;
    default:
  }
}

/** An escape sequence; `intermediate` is 0 for none, -1 for more than one. */
export function dispatchEsc(screen: Screen, final: number, intermediate: number): void {
  switch (String.fromCharCode(final)) {
    case '0':
    case 'B':
      return selectCharset(screen, intermediate, final === 0x30);
    case '7':
      if (intermediate === 0) saveCursor(screen);
      return;
    case '8':
      if (intermediate === 0) restoreCursor(screen);
      else if (intermediate === 0x23) alignmentTest(screen);
      return;
    default:
      if (intermediate === 0) dispatchPlainEsc(screen, String.fromCharCode(final));
  }
}

function dispatchPlainEsc(screen: Screen, final: string): void {
  switch (final) {
    case '=':
      screen.mode |= Mode.applicationKeypad;
      return;
    case '>':
      screen.mode &= ~Mode.applicationKeypad;
      return;
    case 'D':
      return lineFeed(screen, false);
    case 'E':
      carriageReturn(screen);
      return lineFeed(screen, false);
    case 'H':
      return setTab(screen);
    case 'M':
      return reverseIndex(screen);
    case 'c':
      return resetScreen(screen);
    default:
  }
}

/** SCS: `ESC ( 0`, `ESC ( B` and the same with `)`; the host knows no other sets. */
function selectCharset(screen: Screen, intermediate: number, drawing: boolean): void {
  if (intermediate === 0x28) screen.pen.g0 = drawing;
  else if (intermediate === 0x29) screen.pen.g1 = drawing;
}

/** RIS: `ESC c`. It stays in the alternate screen, and wrapping, the cursor and bracketed paste stay as they are. */
export function resetScreen(screen: Screen): void {
  resetPens(screen);
  screen.tabs = defaultTabs(screen.cols);
  setRegion(screen, 0, screen.rows - 1);
  screen.mode &= ~RESET_MODES;
  clearScreen(screen);
  moveTo(screen, 0, 0);
}
