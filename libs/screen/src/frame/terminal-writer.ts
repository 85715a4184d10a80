import { ATTR_MASK, ATTR_SHIFT, CODE_POINT_MASK, COMBINED_BIT, WORDS_PER_CELL, type Row } from '../row.js';
import { Attr, COLOUR_MASK, DEFAULT_COLOUR, type Colour } from '#tmux';
import { linkOf } from '../compose/link-table.js';
import type { Links } from '../picture.js';
import { ByteSink } from './byte-sink.js';
import type { TermCapabilities } from './capabilities.js';
import { CursorMotion, digits, UNKNOWN } from './cursor-motion.js';
import { shownStyle, type ShownStyle } from './colours.js';
import { asciiOf, decOfUnicode, isWidthDisputed, REPLACEMENT, unicodeOfDec } from './glyphs.js';
import { Pen } from './pen.js';

const BRACKET = 0x5b;
const SPACE = 0x20;
/** Reprinting what is there may be shorter than moving over it, but no longer run can be. */
const MAX_REPRINT = 8;
/** Bits of a cell that is more than one character in one rendition. */
const NOT_SIMPLE = (COMBINED_BIT | (Attr.charset << ATTR_SHIFT)) >>> 0;
const STYLE_BITS = COMBINED_BIT | ATTR_MASK;

/** What is written for a cell: a code point, in the line-drawing set or not, or a cluster. */
interface Glyph {
  codePoint: number;
  dec: boolean;
  cluster: string | undefined;
}

/**
 * A terminal being written to: knows where its cursor is, when that can be known, and in which rendition it is, and finds
 * the shortest bytes from there.
 */
export class TerminalWriter {
  readonly pen: Pen;
  readonly #motion: CursorMotion;
  /** Known position of the cursor; -1 if it is unknown, such as in the last column, when a wrap is pending. */
  #x = UNKNOWN;
  #y = UNKNOWN;
  #dec = false;
  /** Number of the link that what is written belongs to. */
  #link = 0;
  #links: Links | undefined;
  readonly #style: ShownStyle = { attr: 0, fg: 0, bg: 0 };
  readonly #glyph: Glyph = { codePoint: SPACE, dec: false, cluster: undefined };
  /** Attributes that make a blank visible on this terminal. */
  readonly #seenOnBlanks: number;
  /** Words of the last simple cell written: while the pen is as it was then, the next one like it is one byte. */
  #lastAttr = 0;
  #lastFg = 0;
  #lastBg = 0;
  #lastChange = -1;

  constructor(
    readonly sink: ByteSink,
    readonly term: TermCapabilities,
    readonly cols: number,
    readonly rows: number,
  ) {
    this.pen = new Pen(sink, term);
    this.#motion = new CursorMotion(sink, term.columnAddress);
    const seen = Attr.underscore | Attr.reverse | (term.italics ? 0 : Attr.italics);
    this.#seenOnBlanks = seen << ATTR_SHIFT;
  }

  /** Starts again: no rendition, and the cursor's position is unknown. */
  restart(): void {
    this.pen.restart();
    this.#dec = false;
    this.#link = 0;
    this.#lastChange = -1;
    this.placed(UNKNOWN, UNKNOWN);
  }

  /** Says what the numbers of links in the cells to come mean. */
  linksOf(links: Links | undefined): void {
    this.#links = this.term.strings ? links : undefined;
  }

  /** The link that a cell has on this terminal; 0 for none. */
  linkAt(row: Row, x: number): number {
    return this.#links === undefined ? 0 : linkOf(row, x);
  }

  /** Says where the cursor is known to be. */
  placed(x: number, y: number): void {
    this.#x = x;
    this.#y = y;
  }

  /** Whether nothing shows in the cell but its background. */
  isBlank(row: Row, x: number): boolean {
    const word = row.words[x * WORDS_PER_CELL] ?? 0;
    const codePoint = word & CODE_POINT_MASK;
    if (codePoint !== 0 && codePoint !== SPACE) return false;
    if ((word & this.#seenOnBlanks) !== 0 || (word & COMBINED_BIT) !== 0) return false;
    return this.term.colours !== 0 || backgroundOf(row, x) === DEFAULT_COLOUR;
  }

  /** The blank's background as this terminal shows it. */
  blankColour(row: Row, x: number): Colour {
    const bg = backgroundOf(row, x);
    if (bg === DEFAULT_COLOUR) return bg;
    shownStyle(0, DEFAULT_COLOUR, bg, this.term, this.#style);
    return this.#style.bg;
  }

  /** Whether erasing leaves that background. */
  canEraseTo(colour: Colour): boolean {
    return this.term.bce || colour === DEFAULT_COLOUR;
  }

  /** Writes the cell at the cursor, `width` columns. */
  printCell(row: Row, x: number, width: 1 | 2): void {
    const at = x * WORDS_PER_CELL;
    const word = row.words[at] ?? 0;
    const codePoint = word & CODE_POINT_MASK;
    const simple = codePoint >= SPACE && codePoint < 0x7f && (word & NOT_SIMPLE) === 0;
    if (
      simple &&
      this.#lastChange === this.pen.changes &&
      (word & ATTR_MASK) === this.#lastAttr &&
      row.words[at + 1] === this.#lastFg &&
      row.words[at + 2] === this.#lastBg &&
      !this.#dec
    ) {
      this.sink.byte(codePoint);
      if (this.#x !== UNKNOWN) this.#advanceTo(this.#x + 1);
      return;
    }
    this.#setLink(this.linkAt(row, x));
    if (this.isBlank(row, x)) {
      this.pen.setBlank(this.blankColour(row, x));
      this.#setDec(false);
      this.sink.byte(SPACE);
    } else {
      this.#readStyle(row, x);
      this.pen.set(this.#style.attr, this.#style.fg, this.#style.bg);
      this.#readGlyph(row, x);
      this.#setDec(this.#glyph.dec);
      this.#writeGlyph(width);
      if (simple) {
        this.#lastAttr = word & ATTR_MASK;
        this.#lastFg = row.words[at + 1] ?? 0;
        this.#lastBg = row.words[at + 2] ?? 0;
        this.#lastChange = this.pen.changes;
      }
    }
    this.#advance(width, this.isDisputed(row, x));
  }

  /**
   * Writes the cells from `x`, at the cursor, up to but not including `end`, as long as they are marked and like the one written
   * last: simple characters in its rendition. Stops before what can be shortened, too. Returns where it stopped.
   */
  printLike(row: Row, x: number, end: number, marked: Uint8Array): number {
    if (this.#lastChange !== this.pen.changes || this.#dec || this.#x !== x) return x;
    const { sink } = this;
    const { words } = row;
    let at = x * WORDS_PER_CELL;
    let to = x;
    while (to < end && marked[to] === 1) {
      const word = words[at] ?? 0;
      const codePoint = word & CODE_POINT_MASK;
      if (codePoint <= SPACE || codePoint >= 0x7f || ((word ^ this.#lastAttr) & STYLE_BITS) !== 0) break;
      if (words[at + 1] !== this.#lastFg || words[at + 2] !== this.#lastBg) break;
      if (this.term.rep && words[at + WORDS_PER_CELL] === word) break;
      sink.byte(codePoint);
      to++;
      at += WORDS_PER_CELL;
    }
    if (to > x) this.#advanceTo(to);
    return to;
  }

  /** Writes the cell at the cursor and `count` - 1 times the same after it. */
  printRun(row: Row, x: number, count: number): void {
    this.printCell(row, x, 1);
    let left = count - 1;
    if (this.term.rep && left * this.glyphLength(row, x) > 3 + digits(left)) {
      this.sink.csi(left, 0x62);
      if (this.#x !== UNKNOWN) this.#advanceTo(this.#x + left);
      return;
    }
    for (; left > 0; left--) this.printCell(row, x + count - left, 1);
  }

  /** EL: blanks from the cursor to the end of the line. */
  eraseLine(colour: Colour): void {
    this.#setLink(0);
    this.pen.setBlank(colour);
    this.sink.escape(BRACKET, 0x4b);
  }

  /** ECH: `count` blanks from the cursor on, which stays. */
  eraseCells(count: number, colour: Colour): void {
    this.#setLink(0);
    this.pen.setBlank(colour);
    this.sink.csi(count, 0x58);
  }

  /** ICH or DCH: moves the rest of the line by `count` columns to the right or, below 0, to the left. */
  shiftCells(count: number): void {
    this.#setLink(0);
    this.pen.setBlank(DEFAULT_COLOUR);
    this.sink.csi(Math.abs(count), count > 0 ? 0x40 : 0x50);
  }

  /**
   * Moves the lines `top` to `bottom` up by `count`, or down if negative; blank lines follow. The cursor is
   * then at the first cell.
   */
  scroll(top: number, bottom: number, count: number): void {
    this.#setLink(0);
    this.pen.setBlank(DEFAULT_COLOUR);
    this.sink.ascii(top === 0 ? `\u{1b}[;${bottom + 1}r` : `\u{1b}[${top + 1};${bottom + 1}r`);
    this.placed(0, 0);
    const lines = Math.abs(count);
    if (this.term.scroll) {
      this.sink.csi(lines, count > 0 ? 0x53 : 0x54);
    } else if (count > 0) {
      this.moveTo(0, bottom);
      for (let i = 0; i < lines; i++) this.sink.byte(0x0a);
    } else {
      this.moveTo(0, top);
      for (let i = 0; i < lines; i++) this.sink.escape(0x4d);
    }
    this.sink.ascii('\u{1b}[r');
    this.placed(0, 0);
  }

  /** Leaves the line-drawing set and takes all renditions back. */
  settle(): void {
    this.#setLink(0);
    this.pen.reset();
    this.#setDec(false);
  }

  /** Moves the cursor; `row`, if given, is what line `y` shows: parts of it may be written again to get there. */
  moveTo(x: number, y: number, row?: Row): void {
    if (this.#x === x && this.#y === y) return;
    if (this.#y === y && row !== undefined && this.#reprint(x, y, row)) return;
    this.#motion.move(this.#x, this.#y, x, y);
    this.placed(x, y);
  }

  /** Bytes that the cell takes where the rendition fits; too many to be worth it where it does not. */
  glyphLength(row: Row, x: number): number {
    if (this.isBlank(row, x)) return 1;
    const word = row.words[x * WORDS_PER_CELL] ?? 0;
    if ((word & COMBINED_BIT) !== 0) return MAX_REPRINT;
    const codePoint = word & CODE_POINT_MASK;
    if (codePoint < 0x80 || !this.term.utf8) return 1;
    return codePoint < 0x800 ? 2 : 3;
  }

  /** Moves on to `x` by writing what is already there, if that is the shortest way. */
  #reprint(x: number, y: number, row: Row): boolean {
    const from = this.#x;
    if (from === UNKNOWN || x <= from || x - from > MAX_REPRINT) return false;
    const budget = this.#motion.alongCost(from, x);
    let bytes = 0;
    for (let at = from; at < x; at++) {
      if (!this.#fitsPen(row, at)) return false;
      bytes += this.glyphLength(row, at);
      if (bytes > budget) return false;
    }
    for (let at = from; at < x; at++) this.printCell(row, at, 1);
    this.placed(x, y);
    return true;
  }

  /** Whether the cell is narrow, of undisputed width, and can be written in the rendition as it is. */
  #fitsPen(row: Row, x: number): boolean {
    const word = row.words[x * WORDS_PER_CELL] ?? 0;
    if (this.linkAt(row, x) !== this.#link) return false;
    if (this.isBlank(row, x))
      return !isRightHalf(row, x) && this.pen.suitsBlank(this.blankColour(row, x)) && !this.#dec;
    if ((word & 0x600000) === 0x400000 || this.isDisputed(row, x)) return false;
    this.#readStyle(row, x);
    if (!this.pen.is(this.#style.attr, this.#style.fg, this.#style.bg)) return false;
    this.#readGlyph(row, x);
    return this.#glyph.dec === this.#dec;
  }

  #advance(width: number, disputed: boolean): void {
    if (this.#x === UNKNOWN) return;
    if (disputed) {
      // A terminal that thinks it is wider may have wrapped.
      if (this.#x + 2 >= this.cols) this.#y = UNKNOWN;
      this.#x = UNKNOWN;
    } else this.#advanceTo(this.#x + width);
  }

  #advanceTo(x: number): void {
    this.#x = x >= this.cols ? UNKNOWN : x;
  }

  /** Whether terminals may disagree on where the cursor is after this cell. */
  isDisputed(row: Row, x: number): boolean {
    const word = row.words[x * WORDS_PER_CELL] ?? 0;
    if (!this.term.utf8) return false;
    return (word & COMBINED_BIT) !== 0 || isWidthDisputed(word & CODE_POINT_MASK);
  }

  #readStyle(row: Row, x: number): void {
    const at = x * WORDS_PER_CELL;
    const attr = ((row.words[at] ?? 0) & ATTR_MASK) >>> ATTR_SHIFT;
    const fg = (row.words[at + 1] ?? 0) & COLOUR_MASK;
    shownStyle(attr, fg, (row.words[at + 2] ?? 0) & COLOUR_MASK, this.term, this.#style);
  }

  #readGlyph(row: Row, x: number): void {
    const word = row.words[x * WORDS_PER_CELL] ?? 0;
    const glyph = this.#glyph;
    let codePoint = word & CODE_POINT_MASK;
    if (((word & ATTR_MASK) >>> ATTR_SHIFT) & Attr.charset) codePoint = unicodeOfDec(codePoint);
    if (codePoint === 0) codePoint = SPACE;
    glyph.dec = false;
    glyph.cluster = undefined;
    if (!isPrintable(codePoint)) codePoint = REPLACEMENT;
    glyph.codePoint = codePoint;
    if (codePoint < 0x80 && (word & COMBINED_BIT) === 0) return;
    if (this.term.utf8) {
      if ((word & COMBINED_BIT) !== 0) glyph.cluster = row.clusters?.get(x);
      return;
    }
    if (codePoint < 0x80) return;
    const dec = this.term.lineDrawing === 'none' ? undefined : decOfUnicode(codePoint);
    glyph.dec = dec !== undefined;
    glyph.codePoint = dec ?? asciiOf(codePoint);
  }

  #writeGlyph(width: 1 | 2): void {
    const { codePoint, cluster } = this.#glyph;
    if (cluster !== undefined) {
      for (const char of cluster) {
        const point = char.codePointAt(0) ?? 0;
        if (isPrintable(point)) this.sink.codePoint(point);
      }
      return;
    }
    this.sink.codePoint(codePoint);
    if (width === 2 && !this.term.utf8) this.sink.codePoint(codePoint);
  }

  #setLink(link: number): void {
    if (this.#link === link) return;
    this.#link = link;
    // A cell like the last one is no longer of the same link.
    this.#lastChange = -1;
    const uri = link === 0 ? undefined : this.#links?.uri(link);
    this.sink.ascii(uri === undefined ? '\u{1b}]8;;\u{1b}\\' : `\u{1b}]8;id=${link};${uri}\u{1b}\\`);
  }

  #setDec(dec: boolean): void {
    if (this.#dec === dec) return;
    this.#dec = dec;
    if (this.term.lineDrawing === 'shift') this.sink.byte(dec ? 0x0e : 0x0f);
    else this.sink.ascii(dec ? '\u{1b}(0' : '\u{1b}(B');
  }
}

function backgroundOf(row: Row, x: number): Colour {
  return (row.words[x * WORDS_PER_CELL + 2] ?? 0) & COLOUR_MASK;
}

function isRightHalf(row: Row, x: number): boolean {
  return x > 0 && ((row.words[(x - 1) * WORDS_PER_CELL] ?? 0) & 0x600000) === 0x400000;
}

/** Controls and halves of surrogate pairs must never reach a terminal from a cell. */
function isPrintable(codePoint: number): boolean {
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return false;
  return (codePoint < 0xd800 || codePoint > 0xdfff) && codePoint <= 0x10ffff;
}
