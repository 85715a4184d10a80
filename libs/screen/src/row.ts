/**
 * One line of cells: three 32-bit words a cell, in one array.
 *
 * ```
 * word 0   31        30..23    22..21   20..0
 *          combined  Attr bits width    code point; 0 = never written, drawn as a blank
 * word 1   31..26 (link, low bits)   25..0 foreground `Colour`
 * word 2   31..26 (link, high bits)  25..0 background `Colour`
 * ```
 *
 * Width is 0 for a cell never written (all three words are 0) and for the right half of a wide character (words 0 and 1
 * are 0, word 2 is `PADDING_MARK`), else 1 or 2. If `combined` is set, the cell's whole text (base and combining characters) is
 * in `clusters` under the cell's column, and the code point is its first. Link 0 means no link.
 *
 * A row of a `Terminal` may hold fewer cells than the pane is wide (the rest is blank) or more (they are out of sight),
 * and is live: read it before the next write, or copy it.
 */
export class Row {
  /** Cells in order; replaced by a longer array when a row grows. */
  words: Uint32Array;
  /** Texts of the cells whose `combined` bit is set, by column. */
  clusters: Map<number, string> | undefined;
  /** The line continues in the next one: it was wrapped, not ended. */
  wrapped = false;
  /** Differs whenever the content does: a cache of what was made from this row holds while the stamp stands. */
  stamp = 0;

  constructor(cols: number) {
    this.words = cols === 0 ? NO_WORDS : new Uint32Array(cols * WORDS_PER_CELL);
  }

  /** How many cells `words` holds. */
  get cols(): number {
    return this.words.length / WORDS_PER_CELL;
  }
}

/** Shared by all rows that hold nothing. */
const NO_WORDS = new Uint32Array(0);

export const WORDS_PER_CELL = 3;
export const CODE_POINT_MASK = 0x1fffff;
export const WIDTH_SHIFT = 21;
export const WIDTH_MASK = 0x600000;
export const ATTR_SHIFT = 23;
export const ATTR_MASK = 0x7f800000;
export const COMBINED_BIT = 0x80000000;
/** Word 2 of the right half of a wide character: a link that no cell can have. */
export const PADDING_MARK = 0xfc000000;
