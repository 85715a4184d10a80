import { charWidth } from '#screen';
import type { CopyLines } from './copy-lines.js';

/** Where something was found. */
export interface Found {
  readonly x: number;
  readonly line: number;
}

/** A text as the cells that would show it. */
function cellsOf(text: string): string[] {
  const cells: string[] = [];
  for (const char of text) {
    const width = charWidth(char.codePointAt(0) ?? 0);
    const last = cells.length - 1;
    if (width === 0 && last >= 0) cells[last] += char;
    else cells.push(char, ...(width === 2 ? [''] : []));
  }
  return cells;
}

/**
 * The next place of `text` after (or, upwards, before) the one that the cursor is at, and from the text's other end on
 * where `wraps`. As in tmux case does not count unless the text has a capital, and it is found on one line only.
 */
export function searchCopy(
  lines: CopyLines,
  text: string,
  from: Found,
  { up, wraps }: { readonly up: boolean; readonly wraps: boolean },
): Found | undefined {
  const folds = text === text.toLowerCase();
  const wanted = cellsOf(text);
  if (wanted.length === 0) return undefined;
  const fold = (cell: string): string => (folds && cell.length === 1 ? cell.toLowerCase() : cell);
  const step = up ? -1 : 1;
  const placesOn = (line: number): number[] => {
    const cells = lines.cells(line).map(fold);
    const places: number[] = [];
    for (let x = 0; x + wanted.length <= cells.length; x++) {
      if (wanted.every((cell, n) => cells[x + n] === cell)) places.push(x);
    }
    return up ? places.toReversed() : places;
  };
  const here = placesOn(from.line).find((x) => (up ? x < from.x : x > from.x));
  if (here !== undefined) return { x: here, line: from.line };
  const count = lines.last + 1;
  for (let n = 1; n <= count; n++) {
    const line = from.line + step * n;
    const outside = line < 0 || line >= count;
    if (outside && !wraps) return undefined;
    const at = (line + count) % count;
    const [x] = placesOn(at);
    if (x !== undefined) return { x, line: at };
  }
  return undefined;
}
