import type { Terminal } from '@xterm/xterm';

/** What the terminal shows, cell styles aside. */
export interface ScreenText {
  /** One string a row, blanks at the end cut off. */
  readonly lines: readonly string[];
  readonly cols: number;
  readonly rows: number;
  readonly cursor: { readonly x: number; readonly y: number };
}

/** Reads the screen, without what was scrolled off it. */
export function screenText(terminal: Terminal): ScreenText {
  const { cols, rows } = terminal;
  const buffer = terminal.buffer.active;
  const line = (y: number): string => buffer.getLine(buffer.baseY + y)?.translateToString(true) ?? '';
  const lines = Array.from({ length: rows }, (_, y) => line(y).trimEnd());
  return { lines, cols, rows, cursor: { x: buffer.cursorX, y: buffer.cursorY } };
}
