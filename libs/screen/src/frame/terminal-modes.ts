import type { Picture } from '../picture.js';
import type { ByteSink } from './byte-sink.js';
import type { TermCapabilities } from './capabilities.js';

const MOUSE_MODE = { standard: 1000, button: 1002, any: 1003 } as const;
const ALL_MOUSE_OFF = '\u{1b}[?1000l\u{1b}[?1002l\u{1b}[?1003l\u{1b}[?1005l\u{1b}[?1006l';
const RESET_COLOUR = '\u{1b}]112\u{7}';
/** A title is cut there, in UTF-16 units: window managers show less. */
const MAX_TITLE = 256;

/** What of a picture are modes and not cells: mouse, focus, keypad, title. `from` undefined: all of them are set. */
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

/** The cursor's colour; `from` undefined: it is the terminal's own. */
export function writeCursorColour(
  sink: ByteSink,
  from: Picture | undefined,
  to: Picture,
  term: TermCapabilities,
): void {
  const colour = cursorColour(to);
  if (!term.strings || colour === (from === undefined ? '' : cursorColour(from))) return;
  sink.ascii(colour === '' ? RESET_COLOUR : `\u{1b}]12;${colour}\u{7}`);
}

/** Gives the cursor its own colour back, where `shown` gave it another. */
export function colourReset(shown: Picture, term: TermCapabilities): Uint8Array {
  return new TextEncoder().encode(resetColour(shown, term));
}

function resetColour(shown: Picture, term: TermCapabilities): string {
  return term.strings && cursorColour(shown) !== '' ? RESET_COLOUR : '';
}

/** A colour's name or numbers; what else a program said is left out: it would be another question to the terminal. */
function cursorColour({ cursorColour = '' }: Picture): string {
  return /^[\w#:/. -]{1,64}$/.test(cursorColour) ? cursorColour : '';
}

/** Without control characters that would end the title or mean something else to the terminal. */
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

/** Leaves it as it was found, whatever frame came last, or half of one; `shown` is the picture of that frame. */
export function leaveSequence(term: TermCapabilities, shown?: Picture): Uint8Array {
  let text = '';
  if (term.strings && shown !== undefined) text += resetColour(shown, term) + '\u{1b}]8;;\u{1b}\\';
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

/** ASCII in both shiftable sets, or line drawing in the second if it is drawn by shifting. */
export function charsetSequence(term: TermCapabilities): string {
  if (term.utf8) return '';
  if (term.lineDrawing === 'shift') return '\u{1b}(B\u{1b})0\u{f}';
  return term.lineDrawing === 'designate' ? '\u{1b}(B' : '';
}
