import type { Picture } from '../picture.js';
import type { ByteSink } from './byte-sink.js';
import type { TermCapabilities } from './capabilities.js';

const MOUSE_MODE = { standard: 1000, button: 1002, any: 1003 } as const;
const ALL_MOUSE_OFF = '\u{1b}[?1000l\u{1b}[?1002l\u{1b}[?1003l\u{1b}[?1005l\u{1b}[?1006l';
/** A title is cut there, in UTF-16 units: window managers show less. */
const MAX_TITLE = 256;

/** What of a picture are modes and not cells: mouse, focus, keypad, title, bell. `from` undefined: all of them are set. */
export function writeModes(sink: ByteSink, from: Picture | undefined, to: Picture, term: TermCapabilities): void {
  if (term.mouse && from?.mouse !== to.mouse) writeMouse(sink, from?.mouse, to.mouse);
  if (term.focus && from?.focusEvents !== to.focusEvents) {
    sink.ascii(to.focusEvents ? '\u{1b}[?1004h' : '\u{1b}[?1004l');
  }
  const keypad = to.applicationKeypad ?? false;
  if (term.keypad && (from === undefined || (from.applicationKeypad ?? false) !== keypad)) {
    sink.ascii(keypadSequence(keypad));
  }
  if (term.title && to.title !== '' && from?.title !== to.title) {
    const title = printable(to.title, term.utf8);
    if (title !== '') sink.text(`\u{1b}]2;${title}\u{7}`);
  }
  if (from !== undefined && to.bells > from.bells) sink.byte(0x07);
}

function writeMouse(sink: ByteSink, from: Picture['mouse'] | undefined, to: Picture['mouse']): void {
  if (from === undefined) sink.ascii(ALL_MOUSE_OFF);
  else if (from !== 'off') sink.ascii(`\u{1b}[?${MOUSE_MODE[from]}l`);
  // SGR reports first: in some terminals the last one set is in force, and these are the ones to have.
  if (to !== 'off') sink.ascii(`\u{1b}[?1006h\u{1b}[?${MOUSE_MODE[to]}h`);
  else if (from !== undefined) sink.ascii('\u{1b}[?1006l');
}

function keypadSequence(application: boolean): string {
  return application ? '\u{1b}[?1h\u{1b}=' : '\u{1b}[?1l\u{1b}>';
}

/** Without what would end the title or say something else to the terminal. */
function printable(title: string, utf8: boolean): string {
  const clean = title.slice(0, MAX_TITLE).replaceAll(/[\u0000-\u001f\u007f-\u009f\p{Cs}]/gu, '');
  return utf8 ? clean : clean.replaceAll(/[^ -~]/gu, '?');
}

/** Takes a joiner's terminal over: alternate screen, pasting bracketed, everything else off. A frame from nothing follows. */
export function enterSequence(term: TermCapabilities): Uint8Array {
  let text = '';
  if (term.alternateScreen) text += '\u{1b}[?1049h';
  if (term.titleStack) text += '\u{1b}[22;2t';
  text += resetSequence(term);
  if (term.bracketedPaste) text += '\u{1b}[?2004h';
  return new TextEncoder().encode(text);
}

/** Leaves it as it was found, whatever frame came last, or half of one. */
export function leaveSequence(term: TermCapabilities): Uint8Array {
  let text = '';
  if (term.bracketedPaste) text += '\u{1b}[?2004l';
  text += resetSequence(term);
  if (term.cursorShape) text += '\u{1b}[0 q';
  text += '\u{1b}[H\u{1b}[2J';
  if (term.hideCursor) text += '\u{1b}[?25h';
  if (term.titleStack) text += '\u{1b}[23;2t';
  if (term.synchronised) text += '\u{1b}[?2026l';
  if (term.alternateScreen) text += '\u{1b}[?1049l';
  return new TextEncoder().encode(text);
}

/** No rendition, no region, plain keypad, no reports. */
function resetSequence(term: TermCapabilities): string {
  let text = charsetSequence(term) + '\u{1b}[m';
  if (term.scrollRegion) text += '\u{1b}[r';
  if (term.keypad) text += keypadSequence(false);
  if (term.mouse) text += ALL_MOUSE_OFF;
  if (term.focus) text += '\u{1b}[?1004l';
  return text;
}

/** ASCII in both sets that can be shifted to, or line drawing in the second where it is drawn by shifting. */
export function charsetSequence(term: TermCapabilities): string {
  if (term.utf8) return '';
  if (term.lineDrawing === 'shift') return '\u{1b}(B\u{1b})0\u{f}';
  return term.lineDrawing === 'designate' ? '\u{1b}(B' : '';
}
