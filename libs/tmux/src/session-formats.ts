import type { Options } from './options.js';
import type { FormatContext } from './format.js';
import type { DateParts } from './strftime.js';
import type { CharWidth } from './styled-text.js';

/** A window as the status line's formats see it. */
export interface FormatWindow {
  readonly index: number;
  readonly name: string;
  /** How many panes it has. */
  readonly panes: number;
  readonly activity?: boolean;
  readonly bell?: boolean;
  readonly silence?: boolean;
  readonly zoomed?: boolean;
  /** The marked pane is in it. */
  readonly marked?: boolean;
  readonly active?: FormatPane;
}

/** A window's active pane. */
export interface FormatPane {
  readonly id: number;
  /** Its place among the window's panes, from 0. */
  readonly place: number;
  readonly title: string;
  readonly cols?: number;
  readonly rows?: number;
  readonly inMode?: boolean;
  /** What else there is to say of it: its cursor, modes, history. */
  readonly variable?: (name: string) => string | undefined;
}

/** What formats are filled in from: a session as one joiner sees it. */
export interface FormatSession {
  readonly options: Options;
  readonly sessionName: string;
  readonly hostname: string;
  readonly cols: number;
  readonly rows: number;
  /** In order of their indices. */
  readonly windows: readonly FormatWindow[];
  readonly currentIndex: number | undefined;
  readonly lastIndex: number | undefined;
  readonly now: DateParts;
  readonly width?: CharWidth;
  /** Any further variables, such as `client_prefix` or what the server gave the host by SET_ENV. */
  readonly extra?: (name: string) => string | undefined;
}

/** The marks after a window's name: `#` activity, `!` bell, `~` silence, `*` current, `-` last, `M` marked, `Z` zoomed. */
export function windowFlags(window: FormatWindow, isCurrent: boolean, isLast: boolean): string {
  return [
    window.activity === true ? '#' : '',
    window.bell === true ? '!' : '',
    window.silence === true ? '~' : '',
    isCurrent ? '*' : '',
    isLast ? '-' : '',
    window.marked === true ? 'M' : '',
    window.zoomed === true ? 'Z' : '',
  ].join('');
}

const flag = (value: boolean | undefined): string => (value === true ? '1' : '0');

/** The variables of a session's formats, seen from one of its windows; without one, from the current. */
export function formatContext(session: FormatSession, window = currentWindow(session)): FormatContext {
  return {
    lookup: (name) =>
      session.options.formatValue(name, window?.index) ??
      sessionVariable(session, name) ??
      (window === undefined ? undefined : windowVariable(session, window, name)) ??
      session.extra?.(name),
    ...(session.width === undefined ? {} : { width: session.width }),
  };
}

function currentWindow({ windows, currentIndex }: FormatSession): FormatWindow | undefined {
  return windows.find(({ index }) => index === currentIndex);
}

function sessionVariable(session: FormatSession, name: string): string | undefined {
  switch (name) {
    case 'host':
      return session.hostname;
    case 'host_short':
      return session.hostname.replace(/\..*$/s, '');
    case 'session_name':
    case 'client_session':
      return session.sessionName;
    case 'session_windows':
      return String(session.windows.length);
    case 'session_width':
      return String(session.cols);
    case 'session_height':
      return String(session.rows);
    case 'session_alerts':
      return session.windows
        .map((window) => ({
          index: window.index,
          flags: windowFlags({ ...window, marked: false, zoomed: false }, false, false),
        }))
        .filter(({ flags }) => flags !== '')
        .map(({ index, flags }) => `${index}${flags}`)
        .join(',');
    default:
      return undefined;
  }
}

function windowVariable(session: FormatSession, window: FormatWindow, name: string): string | undefined {
  const isCurrent = window.index === session.currentIndex;
  const isLast = window.index === session.lastIndex;
  switch (name) {
    case 'window_index':
      return String(window.index);
    case 'window_name':
      return window.name;
    case 'window_flags':
      return windowFlags(window, isCurrent, isLast);
    case 'window_active':
      return flag(isCurrent);
    case 'window_last_flag':
      return flag(isLast);
    case 'window_bell_flag':
      return flag(window.bell);
    case 'window_activity_flag':
      return flag(window.activity);
    case 'window_silence_flag':
      return flag(window.silence);
    case 'window_zoomed_flag':
      return flag(window.zoomed);
    case 'window_panes':
      return String(window.panes);
    case 'window_width':
      return String(session.cols);
    case 'window_height':
      return String(session.rows);
    case 'window_linked':
      return '0';
    default:
      return window.active === undefined ? undefined : paneVariable(session, window, window.active, name);
  }
}

function paneVariable(
  session: FormatSession,
  window: FormatWindow,
  pane: FormatPane,
  name: string,
): string | undefined {
  switch (name) {
    case 'pane_id':
      return `%${pane.id}`;
    case 'pane_index':
      return String(pane.place + session.options.number('pane-base-index', window.index));
    case 'pane_title':
      return pane.title;
    case 'pane_active':
      return '1';
    case 'pane_in_mode':
      return flag(pane.inMode);
    case 'pane_synchronized':
      return flag(session.options.flag('synchronize-panes', window.index));
    case 'pane_width':
      return pane.cols === undefined ? undefined : String(pane.cols);
    case 'pane_height':
      return pane.rows === undefined ? undefined : String(pane.rows);
    default:
      return pane.variable?.(name);
  }
}
