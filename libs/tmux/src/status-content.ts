import { expandTimeFormat } from './format.js';
import { formatContext, type FormatSession, type FormatWindow } from './session-formats.js';
import type { Style, StyledText } from './style.js';
import { overlayStyle } from './styles.js';
import { parseStyledText } from './styled-text.js';

/** What the status line is made from. */
export interface StatusInput extends FormatSession {
  /**
   * What the host sent for the left and right ends (tmate protocol 6, STATUS): expanded, `#[style]` markers still in
   * it. Undefined until it sends any, which it does only while a terminal is attached there: then they are made here.
   */
  readonly left?: string | undefined;
  readonly right?: string | undefined;
}

/** One window's entry in the list. */
export interface StatusWindow {
  readonly index: number;
  readonly text: readonly StyledText[];
  /** A window with an alert: the arrow that hides it is reversed. */
  readonly alert: boolean;
  readonly current: boolean;
  /** What follows the entry, in the line's own style. */
  readonly separator: string;
}

/** A status line, before it is laid out in columns. */
export interface StatusContent {
  readonly on: boolean;
  readonly position: 'top' | 'bottom';
  readonly justify: 'left' | 'centre' | 'right';
  /** The style of the empty parts of the line, and of the arrows and separators. */
  readonly style: Style;
  readonly left: readonly StyledText[];
  readonly right: readonly StyledText[];
  /** What a wide character that the limit cuts is replaced by has these styles. */
  readonly leftStyle: Style;
  readonly rightStyle: Style;
  /** How many columns each end may take at most. */
  readonly leftLimit: number;
  readonly rightLimit: number;
  readonly windows: readonly StatusWindow[];
}

/** Makes the content of a session's status line from its options and its windows. */
export function statusContent(input: StatusInput): StatusContent {
  const { options } = input;
  const style = options.style('status-style');
  const leftStyle = overlayStyle(style, options.style('status-left-style'));
  const rightStyle = overlayStyle(style, options.style('status-right-style'));
  const end = (name: 'status-left' | 'status-right'): string =>
    expandTimeFormat(options.text(name), formatContext(input), input.now);
  return {
    on: options.flag('status'),
    position: options.choice('status-position'),
    justify: options.choice('status-justify'),
    style,
    left: parseStyledText(input.left ?? end('status-left'), leftStyle),
    right: parseStyledText(input.right ?? end('status-right'), rightStyle),
    leftStyle,
    rightStyle,
    leftLimit: options.number('status-left-length'),
    rightLimit: options.number('status-right-length'),
    windows: input.windows.map((window) => statusWindow(input, window, style)),
  };
}

function statusWindow(input: StatusInput, window: FormatWindow, base: Style): StatusWindow {
  const { options } = input;
  const { index } = window;
  const current = index === input.currentIndex;
  const activity = window.activity === true || window.silence === true;
  let style = overlayStyle(base, options.style('window-status-style', index));
  if (current) style = overlayStyle(style, options.style('window-status-current-style', index));
  if (index === input.lastIndex) style = overlayStyle(style, options.style('window-status-last-style', index));
  if (window.bell === true) style = overlayStyle(style, options.style('window-status-bell-style', index));
  else if (activity) style = overlayStyle(style, options.style('window-status-activity-style', index));

  const format = options.text(current ? 'window-status-current-format' : 'window-status-format', index);
  const text = expandTimeFormat(format, formatContext(input, window), input.now);
  return {
    index,
    text: parseStyledText(text, style),
    alert: window.bell === true || activity,
    current,
    separator: options.text('window-status-separator', index),
  };
}
