/** What a paste is, before anything of it is typed. */
export interface Paste {
  /** What would be typed: the clipboard's text without control characters. */
  readonly text: string;
  /** Lines with something on them, or that something follows. */
  readonly lines: number;
  /** How many control characters were left out: an Escape among them could end a bracketed paste and run what follows. */
  readonly removed: number;
}

/** Pastes of at least this many lines are shown first: a shell would run each of them as it comes. */
export const GUARDED_LINES = 2;
/** And so are long ones, in characters. */
export const GUARDED_CHARS = 5000;

// All of C0 and C1 but Tab, Line Feed and Carriage Return.
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

/** Takes the clipboard's text apart. */
export function readPaste(clipboard: string): Paste {
  const plain = clipboard.replace(/\r\n?/g, '\n');
  const text = plain.replace(CONTROLS, '');
  return { text, lines: text.replace(/\n+$/, '').split('\n').length, removed: plain.length - text.length };
}

/** Whether a person should see it before it is typed. A line that ends with a line break runs at once, so it is shown too. */
export function needsConsent({ text, lines }: Paste): boolean {
  return lines >= GUARDED_LINES || text.length > GUARDED_CHARS || /\n/.test(text);
}

/** Lines of a paste that a dialog shows. */
const SHOWN_LINES = 200;
const SHOWN_CHARS = 20_000;

/** The beginning of a paste, for being looked at, and how many characters are not shown. */
export function previewPaste(text: string): { shown: string; hiddenChars: number } {
  const lines = text.split('\n', SHOWN_LINES + 1);
  let shown = lines.length > SHOWN_LINES ? lines.slice(0, SHOWN_LINES).join('\n') : text;
  if (shown.length > SHOWN_CHARS) shown = shown.slice(0, SHOWN_CHARS);
  return { shown, hiddenChars: text.length - shown.length };
}
