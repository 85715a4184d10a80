import type { CursorShape } from '../picture.js';
import * as cursor from './cursor.js';
import * as erase from './erase.js';
import { setAnsiModes, setPrivateModes } from './modes.js';
import { paramOf, type Params } from './params.js';
import type { Screen } from './screen.js';
import { deleteLines, insertLines } from './scroll.js';
import { selectGraphics } from './sgr.js';
import { clearTabs, tabBackward } from './tabs.js';

const QUESTION = 0x3f;
const SPACE = 0x20;

/**
 * A control sequence; `intermediate` is 0 for none, -1 for more than one. What is not here the host does not know
 * either (REP, SU, SD, HPR, VPR, DECSTR and others), or it only answers (DA, DSR, window reports): the answer is the host's.
 */
export function dispatchCsi(screen: Screen, final: number, intermediate: number, params: Params): void {
  if (intermediate === 0) plain(screen, String.fromCharCode(final), params);
  else if (intermediate === QUESTION && final === 0x68) setPrivateModes(screen, params, true);
  else if (intermediate === QUESTION && final === 0x6c) setPrivateModes(screen, params, false);
  else if (intermediate === SPACE && final === 0x71) setCursorShape(screen, paramOf(params, 0, 0, 0));
}

function plain(screen: Screen, final: string, params: Params): void {
  const count = paramOf(params, 0, 1, 1);
  switch (final) {
    case 'm':
      return selectGraphics(screen.pen, params);
    case 'H':
    case 'f':
      return cursor.moveTo(screen, paramOf(params, 1, 1, 1) - 1, count - 1);
    case 'A':
      return cursor.cursorUp(screen, count);
    case 'B':
      return cursor.cursorDown(screen, count);
    case 'C':
      return cursor.cursorRight(screen, count);
    case 'D':
      return cursor.cursorLeft(screen, count);
    case 'E':
      cursor.carriageReturn(screen);
      return cursor.cursorDown(screen, count);
    case 'F':
      cursor.carriageReturn(screen);
      return cursor.cursorUp(screen, count);
    case 'G':
      return cursor.moveTo(screen, count - 1, screen.cy);
    case 'd':
      return cursor.moveTo(screen, screen.cx, count - 1);
    case 's':
      return cursor.saveCursor(screen);
    case 'u':
      return cursor.restoreCursor(screen);
    case 'r':
      return cursor.setRegion(screen, count - 1, paramOf(params, 1, 1, screen.rows) - 1);
    case 'h':
      return setAnsiModes(screen, params, true);
    case 'l':
      return setAnsiModes(screen, params, false);
    case 'Z':
      return tabBackward(screen, count);
    case 'g':
      return clearTabs(screen, paramOf(params, 0, 0, 0));
    default:
      edit(screen, final, count, params);
  }
}

/** The sequences that change cells. */
function edit(screen: Screen, final: string, count: number, params: Params): void {
  switch (final) {
    case 'J':
      return eraseInDisplay(screen, params);
    case 'K':
      return eraseInLine(screen, paramOf(params, 0, 0, 0));
    case 'L':
      return insertLines(screen, count);
    case 'M':
      return deleteLines(screen, count);
    case '@':
      return erase.insertCharacters(screen, count);
    case 'P':
      return erase.deleteCharacters(screen, count);
    case 'X':
      return erase.eraseCharacters(screen, count);
    default:
  }
}

function eraseInDisplay(screen: Screen, params: Params): void {
  switch (paramOf(params, 0, 0, 0)) {
    case 0:
      return erase.clearToScreenEnd(screen);
    case 1:
      return erase.clearToScreenStart(screen);
    case 2:
      return erase.clearScreen(screen);
    case 3:
      if (paramOf(params, 1, 0, 0) === 0) erase.clearHistory(screen);
      return;
    default:
  }
}

function eraseInLine(screen: Screen, what: number): void {
  if (what === 0) erase.clearToLineEnd(screen);
  else if (what === 1) erase.clearToLineStart(screen);
  else if (what === 2) erase.clearWholeLine(screen);
}

/** DECSCUSR: `CSI n SP q`. */
function setCursorShape(screen: Screen, shape: number): void {
  if (shape <= 6) screen.cursorShape = shape as CursorShape;
}
