import type { Anchor, CopyCursor, KeyMode } from './copy-cursor.js';
import type { CopyLines } from './copy-lines.js';

/**
 * What is selected between the cursor and the other end, as tmux 2.2 copies it: without the blanks at the ends of lines,
 * wrapped lines as one, with its last character only in vi mode. Undefined if nothing is selected.
 */
export function selectedText(cursor: CopyCursor, manner: KeyMode): string | undefined {
  const { anchor, lines, x, line } = cursor;
  if (anchor === undefined) return undefined;
  const isBefore = line < anchor.line || (line === anchor.line && x < anchor.x);
  const [start, end]: [Anchor, Anchor] = isBefore ? [{ x, line }, anchor] : [anchor, { x, line }];
  const length = lines.length(end.line);
  const vi = manner === 'vi';
  let first = start.x;
  let last = Math.min(end.x, length) + (vi ? 1 : 0);
  let restFirst = 0;
  let restLast = lines.cols;
  if (cursor.rectangle) {
    const fromLeft = anchor.x < x;
    first = restFirst = fromLeft ? anchor.x : x;
    last = restLast = fromLeft ? x + (vi ? 1 : 0) : anchor.x + 1;
  }
  let text = '';
  for (let at = start.line; at <= end.line; at++) {
    text += lineText(lines, at, at === start.line ? first : restFirst, at === end.line ? last : restLast);
  }
  if (text === '') return undefined;
  // The end of the last line is copied in vi's manner, where the cursor is on it.
  return (!vi || last <= length) && text.endsWith('\n') ? text.slice(0, -1) || undefined : text;
}

function lineText(lines: CopyLines, line: number, from: number, to: number): string {
  if (from > to) return '';
  const wrapped = lines.wrapped(line);
  const length = wrapped ? lines.written(line) : lines.length(line);
  const end = Math.min(to, length);
  let text = '';
  for (let x = Math.min(from, length); x < end; x++) text += lines.cell(x, line);
  return wrapped && end === length ? text : `${text}\n`;
}
