import { PaneMode } from '#tmate-protocol';

/** A screen's modes, as bits of one number: tmux's own, which a SNAPSHOT carries. */
export const Mode = PaneMode;

export const MOUSE_MODES = Mode.mouseStandard | Mode.mouseButton;
export const INITIAL_MODE = Mode.cursorVisible | Mode.wrap;
/** What RIS turns off; it leaves the cursor, wrapping and bracketed paste as they are. */
export const RESET_MODES =
  Mode.insert |
  Mode.applicationCursor |
  Mode.applicationKeypad |
  Mode.focusEvents |
  MOUSE_MODES |
  Mode.mouseUtf8 |
  Mode.mouseSgr;
export const ALL_MODES = 0xfff;
