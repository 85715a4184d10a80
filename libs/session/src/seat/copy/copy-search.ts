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

/** Which way a search goes. */
export interface SearchDirection {
  readonly up: boolean;
  readonly wraps: boolean;
}

/**
 * A search: all lines are read once, and those that contain the text are remembered, 4 bytes each. As in tmux, case matters only
 * if the text has a capital letter, and a match cannot span lines.
 */
export class CopySearch {
  readonly #folds: boolean;
  readonly #wanted: readonly string[];
  /** Lines that have the text, from the oldest on. */
  readonly #hits: readonly number[];
  /** Matches on the last line that was read. */
  #known: { readonly line: number; readonly places: readonly number[] } | undefined;

  constructor(
    private readonly lines: CopyLines,
    readonly text: string,
  ) {
    this.#folds = text === text.toLowerCase();
    this.#wanted = cellsOf(text);
    const count = this.#wanted.length === 0 ? 0 : lines.last + 1;
    this.#hits = Array.from({ length: count }, (_, line) => line).filter((line) => this.#placesOn(line).length > 0);
  }

  /** Whether the search is of exactly these lines. */
  isOf(lines: CopyLines, text: string): boolean {
    return this.lines === lines && this.text === text;
  }

  /**
   * The next place after (or, upwards, before) the one that the cursor is at, and from the text's other end on where `wraps`;
   * undefined if there is no match.
   */
  next(from: Found, { up, wraps }: SearchDirection): Found | undefined {
    const hits = this.#hits;
    // The first line with the text at or after the cursor's.
    const at = firstFrom(hits, from.line);
    if (hits[at] === from.line) {
      const places = this.#placesOn(from.line);
      const here = up ? places.findLast((x) => x < from.x) : places.find((x) => x > from.x);
      if (here !== undefined) return { x: here, line: from.line };
    }
    const next = up ? at - 1 : hits[at] === from.line ? at + 1 : at;
    const line = hits[next] ?? (wraps ? hits.at(up ? -1 : 0) : undefined);
    if (line === undefined) return undefined;
    const x = this.#placesOn(line).at(up ? -1 : 0);
    return x === undefined ? undefined : { x, line };
  }

  #placesOn(line: number): readonly number[] {
    if (this.#known?.line === line) return this.#known.places;
    const fold = (cell: string): string => (this.#folds && cell.length === 1 ? cell.toLowerCase() : cell);
    const cells = this.lines.cells(line).map(fold);
    const places: number[] = [];
    for (let x = 0; x + this.#wanted.length <= cells.length; x++) {
      if (this.#wanted.every((cell, n) => cells[x + n] === cell)) places.push(x);
    }
    this.#known = { line, places };
    return places;
  }
}

/** Where in an ascending list the first number stands that is `least` or more. */
function firstFrom(list: readonly number[], least: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
