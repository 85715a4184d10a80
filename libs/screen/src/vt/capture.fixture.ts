import { Attr, COLOUR_256, COLOUR_BASIC, COLOUR_KIND_MASK, COLOUR_MASK, COLOUR_RGB, type Colour } from '#tmux';
import { ATTR_MASK, ATTR_SHIFT, WORDS_PER_CELL } from '../row.js';
import { cellText } from './line.js';
import type { Terminal } from './terminal.js';

/** Attributes in the order in which tmux prints them. */
const PRINTED = [
  [Attr.bright, 1],
  [Attr.dim, 2],
  [Attr.italics, 3],
  [Attr.underscore, 4],
  [Attr.blink, 5],
  [Attr.reverse, 7],
  [Attr.hidden, 8],
] as const;

interface Look {
  readonly attr: number;
  readonly fg: string;
  readonly bg: string;
}

/**
 * What `capture-pane -e -p -J -S -` of the host would print for this terminal: all lines with their SGR, wrapped ones
 * joined, trailing blanks kept. It prints nothing for a bright background, which therefore cannot be compared.
 */
export function capture(terminal: Terminal): string {
  let out = '';
  let last: Look = { attr: 0, fg: '39', bg: '49' };
  for (let y = -terminal.historySize; y < terminal.rows; y++) {
    const row = terminal.line(y);
    if (row === undefined) throw new Error(`no line ${y}`);
    const length = Math.min(terminal.lineLength(y), terminal.cols);
    for (let x = 0; x < length; x++) {
      const text = cellText(row, x);
      if (text === '') continue;
      const at = x * WORDS_PER_CELL;
      const look = {
        attr: ((row.words[at] ?? 0) & ATTR_MASK) >>> ATTR_SHIFT,
        fg: codeOf((row.words[at + 1] ?? 0) & COLOUR_MASK, 30, 90),
        bg: codeOf((row.words[at + 2] ?? 0) & COLOUR_MASK, 40, undefined),
      };
      out += change(last, look) + text;
      last = look;
    }
    if (!row.wrapped) out += '\n';
  }
  return out;
}

function codeOf(colour: Colour, base: number, bright: number | undefined): string {
  const value = colour & 0xffffff;
  switch (colour & COLOUR_KIND_MASK) {
    case COLOUR_BASIC:
      return value < 8 ? `${base + value}` : bright === undefined ? '' : `${bright + value - 8}`;
    case COLOUR_256:
      return `${base + 8};5;${value}`;
    case COLOUR_RGB:
      return `${base + 8};2;${value >> 16};${(value >> 8) & 0xff};${value & 0xff}`;
    default:
      return `${base + 9}`;
  }
}

function change(last: Look, look: Look): string {
  const codes: (string | number)[] = [];
  let before = last.attr;
  if (PRINTED.some(([bit]) => (look.attr & bit) === 0 && (before & bit) !== 0)) {
    codes.push(0);
    before &= Attr.charset;
  }
  for (const [bit, code] of PRINTED) if ((look.attr & bit) !== 0 && (before & bit) === 0) codes.push(code);
  if (look.fg !== last.fg && look.fg !== '') codes.push(look.fg);
  if (look.bg !== last.bg && look.bg !== '') codes.push(look.bg);
  const shift = (look.attr & Attr.charset) - (before & Attr.charset);
  return (codes.length > 0 ? `\u001b[${codes.join(';')}m` : '') + (shift > 0 ? '\u000e' : shift < 0 ? '\u000f' : '');
}

/** What `display-message` at the host reports about a pane, in the form of `STATE_FORMAT`. */
export function stateOf(terminal: Terminal): string {
  const { modes } = terminal;
  const flag = (on: boolean) => (on ? 1 : 0);
  return [
    `cursor ${terminal.cursorX},${terminal.cursorY} ${flag(terminal.cursorVisible)}`,
    `history ${terminal.historySize}`,
    `alternate ${flag(modes.alternate)}`,
    `insert ${flag(modes.insert)} wrap ${flag(modes.wrap)}`,
    `keypad ${flag(modes.applicationCursor)}${flag(modes.applicationKeypad)}`,
    `mouse ${flag(modes.mouse === 'standard')}${flag(modes.mouse === 'button')}`,
  ].join(' ');
}

export const STATE_FORMAT =
  'cursor #{cursor_x},#{cursor_y} #{cursor_flag} history #{history_size} alternate #{alternate_on} ' +
  'insert #{insert_flag} wrap #{wrap_flag} keypad #{keypad_cursor_flag}#{keypad_flag} ' +
  'mouse #{mouse_standard_flag}#{mouse_button_flag}';
