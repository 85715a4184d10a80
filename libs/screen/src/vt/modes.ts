import type { Screen } from './screen.js';
import { enterAlternate, leaveAlternate } from './alternate.js';
import { clearScreen } from './erase.js';
import { moveTo } from './cursor.js';
import { Mode, MOUSE_MODES } from './mode-bits.js';
import { paramOf, type Params } from './params.js';

/** SM, RM: `CSI … h`, `CSI … l`. */
export function setAnsiModes(screen: Screen, params: Params, on: boolean): void {
  for (let i = 0; i < params.length; i++) {
    const mode = paramOf(params, i, 0, -1);
    if (mode === 4) setMode(screen, Mode.insert, on);
    else if (mode === 34) setMode(screen, Mode.cursorBlinking, !on);
  }
}

/** DECSET, DECRST: `CSI ? … h`, `CSI ? … l`. Origin mode and mouse mode 1003 are unknown to this host. */
export function setPrivateModes(screen: Screen, params: Params, on: boolean): void {
  for (let i = 0; i < params.length; i++) setPrivateMode(screen, paramOf(params, i, 0, -1), on);
}

function setPrivateMode(screen: Screen, mode: number, on: boolean): void {
  switch (mode) {
    case 1:
      return setMode(screen, Mode.applicationCursor, on);
    case 3:
      moveTo(screen, 0, 0);
      return clearScreen(screen);
    case 7:
      return setMode(screen, Mode.wrap, on);
    case 12:
      return setMode(screen, Mode.cursorBlinking, on);
    case 25:
      return setMode(screen, Mode.cursorVisible, on);
    case 1000:
    case 1002:
      screen.mode &= ~MOUSE_MODES;
      if (on) screen.mode |= mode === 1000 ? Mode.mouseStandard : Mode.mouseButton;
      return;
    case 1001:
      if (!on) screen.mode &= ~MOUSE_MODES;
      return;
    case 1004:
      return setMode(screen, Mode.focusEvents, on);
    case 1005:
      return setMode(screen, Mode.mouseUtf8, on);
    case 1006:
      return setMode(screen, Mode.mouseSgr, on);
    case 47:
    case 1047:
      return on ? enterAlternate(screen, false) : leaveAlternate(screen, false);
    case 1049:
      return on ? enterAlternate(screen, true) : leaveAlternate(screen, true);
    case 2004:
      return setMode(screen, Mode.bracketedPaste, on);
    default:
  }
}

export function setMode(screen: Screen, bit: number, on: boolean): void {
  if (on) screen.mode |= bit;
  else screen.mode &= ~bit;
}
