import { PADDING_MARK, WORDS_PER_CELL, type Row } from '../row.js';

/** A link's number is 12 bits wide, and the highest are not used (`PADDING_MARK`). */
const MAX_LINKS = 0xfbf;
/** All links of a table together, in characters. */
const MAX_TOTAL = 256 * 1024;
const LINK_SHIFT = 26;
const LOW_BITS = 6;
const LOW_MASK = 0x3f;
const CELL_MASK = 0x3ffffff;

/** The number of a cell's OSC 8 link; 0 means no link. */
export function linkOf(row: Row, x: number): number {
  const at = x * WORDS_PER_CELL;
  const high = row.words[at + 2] ?? 0;
  if (high === PADDING_MARK) return 0;
  return ((row.words[at + 1] ?? 0) >>> LINK_SHIFT) | ((high >>> LINK_SHIFT) << LOW_BITS);
}

/** Gives a cell the link of that number; 0 takes its link away. */
export function setLink(row: Row, x: number, link: number): void {
  const at = x * WORDS_PER_CELL;
  row.words[at + 1] = (((row.words[at + 1] ?? 0) & CELL_MASK) | ((link & LOW_MASK) << LINK_SHIFT)) >>> 0;
  row.words[at + 2] = (((row.words[at + 2] ?? 0) & CELL_MASK) | ((link >>> LOW_BITS) << LINK_SHIFT)) >>> 0;
}

/** Takes the links of all cells away. */
export function clearLinks(row: Row): void {
  for (let x = 0; x < row.cols; x++) if (linkOf(row, x) !== 0) setLink(row, x, 0);
}

/**
 * The links of the pictures for one terminal size: each pane has its own numbers. A number's link never changes,
 * so that a line means the same in all pictures that have it; when the table is full, new links are shown as plain text.
 */
export class LinkTable {
  readonly #uris: string[] = [];
  readonly #numbers = new Map<string, number>();
  #total = 0;

  /** The number of the link to `uri`; 0 where the table is full. */
  number(uri: string): number {
    const known = this.#numbers.get(uri);
    if (known !== undefined) return known;
    if (this.#uris.length >= MAX_LINKS || this.#total + uri.length > MAX_TOTAL) return 0;
    this.#total += uri.length;
    this.#uris.push(uri);
    this.#numbers.set(uri, this.#uris.length);
    return this.#uris.length;
  }

  uri(number: number): string | undefined {
    return this.#uris[number - 1];
  }

  /** Gives the cells of a line from `from` up to but not including `to` this table's numbers in place of the pane's own. */
  renumber(line: Row, from: number, to: number, link: (number: number) => string | undefined): void {
    for (let x = from; x < to; x++) {
      const number = linkOf(line, x);
      if (number === 0) continue;
      const uri = link(number);
      setLink(line, x, uri === undefined ? 0 : this.number(uri));
    }
  }
}
