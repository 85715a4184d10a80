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

/** `count` is the first parameter, at least and by default 1. */
type Handler = (screen: Screen, count: number, params: Params) => void;

/**
 * What the host knows. What is not here it does not know either (REP, SU, SD, HPR, VPR, DECSTR and others), or it only
 * answers (DA, DSR, window reports): the answer is the host's.
 */
const PLAIN: Readonly<Record<string, Handler>> = {
  '@': erase.insertCharacters,
  A: cursor.cursorUp,
  B: cursor.cursorDown,
  C: cursor.cursorRight,
  D: cursor.cursorLeft,
  E: cursor.nextLine,
  F: cursor.previousLine,
  G: (screen, count) => cursor.moveTo(screen, count - 1, screen.cy),
  H: moveToCell,
  J: (screen, _, params) => eraseInDisplay(screen, params),
  K: (screen, _, params) => eraseInLine(screen, paramOf(params, 0, 0, 0)),
  L: insertLines,
  M: deleteLines,
  P: erase.deleteCharacters,
  X: erase.eraseCharacters,
  Z: tabBackward,
  d: (screen, count) => cursor.moveTo(screen, screen.cx, count - 1),
  f: moveToCell,
  g: (screen, _, params) => clearTabs(screen, paramOf(params, 0, 0, 0)),
  h: (screen, _, params) => setAnsiModes(screen, params, true),
  l: (screen, _, params) => setAnsiModes(screen, params, false),
  m: (screen, _, params) => selectGraphics(screen.pen, params),
  r: (screen, count, params) => cursor.setRegion(screen, count - 1, paramOf(params, 1, 1, screen.rows) - 1),
  s: cursor.saveCursor,
  u: cursor.restoreCursor,
};

const HANDLERS: readonly (Handler | undefined)[] = Array.from(
  { length: 128 },
  (_, final) => PLAIN[String.fromCharCode(final)],
);

/** A control sequence; `intermediate` is 0 for none, -1 for more than one. */
export function dispatchCsi(screen: Screen, final: number, intermediate: number, params: Params): void {
  if (intermediate === 0) HANDLERS[final]?.(screen, paramOf(params, 0, 1, 1), params);
  else if (intermediate === QUESTION && final === 0x68) setPrivateModes(screen, params, true);
  else if (intermediate === QUESTION && final === 0x6c) setPrivateModes(screen, params, false);
  else if (intermediate === SPACE && final === 0x71) setCursorShape(screen, paramOf(params, 0, 0, 0));
}

function moveToCell(screen: Screen, row: number, params: Params): void {
  cursor.moveTo(screen, paramOf(params, 1, 1, 1) - 1, row - 1);
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
