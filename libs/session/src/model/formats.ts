import { charWidth } from '#screen';
import {
  datePartsAt,
  formatContext,
  type FormatContext,
  type FormatPane,
  type FormatSession,
  type FormatWindow,
  type Mirror,
} from '#tmux';
import type { UnameMessage } from '#tmate-protocol';
import type { Pane } from './pane.js';
import type { Window, Windows } from './windows.js';

/** tmux names a first session by its number; the protocol does not carry the name. */
const SESSION_NAME = '0';

/** The part of a session's model that formats speak of. */
export interface FormatSource {
  readonly mirror: Mirror;
  readonly windows: Windows;
  readonly uname: UnameMessage | undefined;
}

/** What tmux's formats are filled in from, for what is made at this end: `now` in ms since the epoch. */
export function formatSession(
  model: FormatSource,
  now: number,
  extra?: (name: string) => string | undefined,
): FormatSession {
  const { windows, mirror, uname } = model;
  return {
    options: mirror.options,
    sessionName: SESSION_NAME,
    hostname: uname?.nodename ?? '',
    cols: windows.cols,
    rows: windows.rows,
    windows: windows.list.map((window) => formatWindow(model, window)),
    currentIndex: windows.current?.index,
    lastIndex: windows.last?.index,
    now: datePartsAt(now, -new Date(now).getTimezoneOffset()),
    width: charWidth,
    ...(extra === undefined ? {} : { extra }),
  };
}

/** What formats say of one pane: for a command that is aimed at it, or a list of panes. */
export function paneContext(model: FormatSource, formats: FormatSession, window: Window, pane: Pane): FormatContext {
  const known = formats.windows.find(({ index }) => index === window.index) ?? formatWindow(model, window);
  const context = formatContext(formats, { ...known, active: formatPane(model, window, pane) });
  return {
    ...context,
    lookup: (name) => (name === 'pane_active' ? flag(pane === window.active) : context.lookup(name)),
  };
}

const flag = (on: boolean): string => (on ? '1' : '0');

/** The variables that are the terminal's own; copy mode over it does not count. */
function paneVariable({ mirror }: FormatSource, pane: Pane, name: string): string | undefined {
  switch (name) {
    case 'alternate_on':
      return flag(pane.terminal.modes.alternate);
    case 'cursor_flag':
      return flag(pane.terminal.cursorVisible);
    case 'cursor_x':
      return String(pane.terminal.cursorX);
    case 'cursor_y':
      return String(pane.terminal.cursorY);
    case 'history_limit':
      return String(mirror.options.number('history-limit'));
    case 'history_size':
      return String(pane.terminal.historySize);
    case 'insert_flag':
      return flag(pane.terminal.modes.insert);
    case 'keypad_cursor_flag':
      return flag(pane.terminal.modes.applicationCursor);
    case 'keypad_flag':
      return flag(pane.terminal.modes.applicationKeypad);
    case 'mouse_any_flag':
      return flag(pane.terminal.modes.mouse !== 'off');
    case 'mouse_button_flag':
      return flag(pane.terminal.modes.mouse === 'button');
    case 'mouse_standard_flag':
      return flag(pane.terminal.modes.mouse === 'standard');
    case 'scroll_position':
      return pane.copy === undefined ? undefined : String(pane.copy.position.scrolledBack);
    case 'wrap_flag':
      return flag(pane.terminal.modes.wrap);
    default:
      return undefined;
  }
}

function formatPane(model: FormatSource, { panes }: Window, pane: Pane): FormatPane {
  return {
    id: pane.id,
    place: panes.indexOf(pane),
    // A pane begins with the host's name for its title, which the protocol does not carry.
    title: pane.title || (model.uname?.nodename ?? ''),
    cols: pane.rect.cols,
    rows: pane.rect.rows,
    inMode: pane.copy !== undefined,
    variable: (name) => paneVariable(model, pane, name),
  };
}

function formatWindow(model: FormatSource, window: Window): FormatWindow {
  const { windows } = model;
  const { index, name, panes, active } = window;
  return {
    index,
    name,
    panes: panes.length,
    bell: windows.alerts.hasRung(window.uid),
    activity: windows.alerts.isActive(window.uid),
    silence: windows.alerts.isSilent(window.uid),
    zoomed: windows.isZoomed(window),
    ...(active === undefined ? {} : { active: formatPane(model, window, active) }),
  };
}
