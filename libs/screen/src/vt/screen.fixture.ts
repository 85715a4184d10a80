import { cellText } from './line.js';
import { Terminal } from './terminal.js';

const encoder = new TextEncoder();

/** A program's output: text, or bytes if it is not UTF-8. */
export type Input = string | readonly number[];

export const bytesOf = (input: Input): Uint8Array =>
  typeof input === 'string' ? encoder.encode(input) : Uint8Array.from(input);

/** A terminal after some output. */
export function after(input: Input | Uint8Array, cols = 10, rows = 4, historyLimit = 100): Terminal {
  const terminal = new Terminal({ cols, rows, historyLimit });
  terminal.write(input instanceof Uint8Array ? input : bytesOf(input));
  return terminal;
}

/** A line's text, without the blanks at its end; undefined if there is no such line. */
export function textOf(terminal: Terminal, y: number): string | undefined {
  const row = terminal.line(y);
  if (row === undefined) return undefined;
  let text = '';
  for (let x = 0; x < Math.min(row.cols, terminal.cols); x++) text += cellText(row, x);
  return text.trimEnd();
}

/** The lines in view. */
export function screenOf(terminal: Terminal): (string | undefined)[] {
  return Array.from({ length: terminal.rows }, (_, y) => textOf(terminal, y));
}

/** The lines of the history, oldest first. */
export function historyOf(terminal: Terminal): (string | undefined)[] {
  return Array.from({ length: terminal.historySize }, (_, i) => textOf(terminal, i - terminal.historySize));
}
