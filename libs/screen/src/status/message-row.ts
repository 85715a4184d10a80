import { Attr, type Style } from '#tmux';
import { fillCells, putText, textWidth } from '../cells.js';
import { ATTR_SHIFT, Row, WORDS_PER_CELL } from '../row.js';

/** A message in place of the status line: cut at the right, filled up in its own style. */
export function messageRow(text: string, style: Style, cols: number): Row {
  const row = new Row(cols);
  fillCells(row, putText(row, 0, text, style), cols, style);
  return row;
}

/** A question and what has been typed of the answer. */
export interface Prompt {
  readonly prompt: string;
  readonly input: string;
  /** Where the cursor is in `input`, in UTF-16 units. */
  readonly cursor: number;
}

/**
 * A prompt in place of the status line. As in tmux the cursor is a reversed cell, and an input that is too long is moved
 * left until the cursor is in the last column. `cursorX` is that cell's column; it may be one beyond the last if the prompt
 * itself fills the line.
 */
export function promptRow(prompt: Prompt, style: Style, cols: number): { row: Row; cursorX: number } {
  const row = new Row(cols);
  const start = putText(row, 0, prompt.prompt, style);
  let shown = prompt.input;
  let before = textWidth(shown.slice(0, prompt.cursor));
  const room = cols - start;
  while (before > Math.max(0, room - 1) && shown !== '') {
    const char = String.fromCodePoint(shown.codePointAt(0) ?? 0);
    shown = shown.slice(char.length);
    before -= textWidth(char);
  }
  fillCells(row, putText(row, start, shown, style), cols, style);
  const cursorX = start + before;
  if (cursorX < cols) {
    const at = cursorX * WORDS_PER_CELL;
    row.words[at] = ((row.words[at] ?? 0) ^ (Attr.reverse << ATTR_SHIFT)) >>> 0;
  }
  return { row, cursorX };
}
