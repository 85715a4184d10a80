import type { MouseEvent } from './key-event.js';
import { parametersOf } from './sequences.js';

const SHIFT = 4;
const META = 8;
const CTRL = 16;
const MOTION = 32;
const WHEEL = 64;
const MORE = 128;
const BUTTONS = 3;

/** What the number of a report and its place, from 0, mean. */
export function mouseEvent(code: number, x: number, y: number, sgr: boolean, released: boolean): MouseEvent {
  const low = code & BUTTONS;
  const wheel = (code & WHEEL) !== 0 && (code & MORE) === 0;
  // Outside of SGR a release is a button that there is not.
  const none = low === BUTTONS && !wheel && (code & MORE) === 0;
  const base = wheel ? 4 : (code & MORE) === 0 ? 1 : 8;
  let action: MouseEvent['action'] = none || released ? 'release' : 'press';
  if ((code & MOTION) !== 0) action = none ? 'move' : 'drag';
  else if (wheel) action = 'wheel';
  return {
    kind: 'mouse',
    action,
    button: none ? 0 : base + low,
    x,
    y,
    shift: (code & SHIFT) !== 0,
    meta: (code & META) !== 0,
    ctrl: (code & CTRL) !== 0,
    code,
    sgr,
  };
}

/** `CSI < text final`, final M or m. Undefined if it is invalid, and for releases of a wheel, which some terminals send. */
export function sgrMouse(text: string, final: string): MouseEvent | undefined {
  const [code = 0, x = 0, y = 0, ...rest] = parametersOf(text);
  if (rest.length > 0 || x < 1 || y < 1 || code > 0xff) return undefined;
  const released = final === 'm';
  if (released && (code & WHEEL) !== 0) return undefined;
  return mouseEvent(code, x - 1, y - 1, true, released);
}

/** rxvt's `CSI text M`: decimal, the number counted from 32. */
export function urxvtMouse(text: string): MouseEvent | undefined {
  const [code = 0, x = 0, y = 0, ...rest] = parametersOf(text);
  if (rest.length > 0 || code < 32 || x < 1 || y < 1 || code > 0xff + 32) return undefined;
  return mouseEvent(code - 32, x - 1, y - 1, false, false);
}

/** The three values after `CSI M`, each counted from 32; single bytes wrap around after 255. */
export function x10Mouse(code: number, x: number, y: number): MouseEvent | undefined {
  if (code < 32) return undefined;
  return mouseEvent(code - 32, x >= 33 ? x - 33 : x + 223, y >= 33 ? y - 33 : y + 223, false, false);
}

/** Which mouse reports a program asked for, and in which form. */
export type MouseMode = 'off' | 'standard' | 'button' | 'any';
/** How a program wants mouse events written. */
export type MouseEncoding = 'x10' | 'utf8' | 'sgr';

/** Values of a report that is not SGR: one byte, or one UTF-8 sequence of two. */
const MAX_X10 = 0xff;
const MAX_UTF8 = 0x7ff;

/**
 * The bytes that a program in a pane gets for an event, a character a byte; undefined where it gets nothing. `x` and `y`
 * are the pane's, from 0. As tmux does it: SGR only for events that came so, as others do not say which button was
 * released; otherwise the older forms, as far as they reach.
 */
export function encodeMouseReport(
  mode: MouseMode,
  encoding: MouseEncoding,
  event: MouseEvent,
  x = event.x,
  y = event.y,
): string | undefined {
  if (mode === 'off' || x < 0 || y < 0) return undefined;
  if (event.action === 'drag' && mode === 'standard') return undefined;
  if (event.action === 'move' && mode !== 'any') return undefined;
  const released = event.action === 'release';
  if (encoding === 'sgr' && event.sgr) {
    return `\u{1b}[<${event.code};${x + 1};${y + 1}${released ? 'm' : 'M'}`;
  }
  const code = (released ? event.code | BUTTONS : event.code) + 32;
  const values = [code, x + 33, y + 33];
  const most = encoding === 'utf8' ? MAX_UTF8 : MAX_X10;
  if (values.some((value) => value > most)) return undefined;
  const bytes = values.map((value) =>
    encoding === 'utf8' && value > 0x7f
      ? String.fromCharCode(0xc0 | (value >> 6), 0x80 | (value & 0x3f))
      : String.fromCharCode(value),
  );
  return `\u{1b}[M${bytes.join('')}`;
}
