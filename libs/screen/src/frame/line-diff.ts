import { COLOUR_MASK, type Colour } from '#tmux';
import { unitWidth } from '../cells.js';
import { COMBINED_BIT, Row, WIDTH_MASK, WIDTH_SHIFT, WORDS_PER_CELL } from '../row.js';
import type { TerminalWriter } from './terminal-writer.js';

/** Blanks in the midst of a line that are erased rather than written: ECH and the move over them take 8 to 10 bytes. */
const MIN_ERASE = 10;
/** Blanks at the end of a line that are erased rather than written. */
const MIN_ERASE_TAIL = 3;
/** Changed cells from which on it is worth looking whether a line only moved sideways, and how far it may have. */
const MIN_SHIFT_CELLS = 8;
const MAX_SHIFT = 8;
const WIDE = 2 << WIDTH_SHIFT;

/** Takes lines of a terminal from what they show to what they shall show. */
export class LineDiff {
  readonly #dirty: Uint8Array;
  /** The first and the last cell that have to be written, and how many do; `#dirty` says which between them. */
  #first = -1;
  #last = -1;
  #count = 0;

  constructor(private readonly writer: TerminalWriter) {
    this.#dirty = new Uint8Array(writer.cols);
  }

  /** `old` is a line of as many columns as the terminal has. */
  update(y: number, old: Row, row: Row): void {
    this.#compare(old, row);
    if (this.#count === 0) return;
    if (this.#count >= MIN_SHIFT_CELLS && this.writer.term.insertCharacters) {
      const moved = this.#tryShift(y, old, row);
      if (moved !== undefined) {
        this.#compare(moved, row);
        if (this.#count === 0) return;
      }
    }
    this.#write(y, row);
  }

  /** Marks the cells that have to be written. */
  #compare(old: Row, row: Row): void {
    this.#first = -1;
    this.#count = 0;
    let from = 0;
    let to = this.writer.cols - 1;
    if (old.clusters === undefined && row.clusters === undefined) {
      const a = old.words;
      const b = row.words;
      let word = 0;
      let end = Math.min(a.length, b.length) - 1;
      while (word <= end && a[word] === b[word]) word++;
      if (word > end && a.length === b.length) return;
      while (end > word && a[end] === b[end]) end--;
      from = Math.trunc(word / WORDS_PER_CELL);
      if (from > 0 && (isWide(a, from - 1) || isWide(b, from - 1))) from--;
      // One cell more: it may have been half of a wide character.
      if (a.length === b.length) to = Math.min(to, Math.trunc(end / WORDS_PER_CELL) + 1);
    }
    this.#compareCells(old, row, from, to);
  }

  #compareCells(old: Row, row: Row, from: number, to: number): void {
    const { cols } = this.writer;
    const dirty = this.#dirty;
    const a = old.words;
    const b = row.words;
    let oldStart = from;
    let first = -1;
    let last = -1;
    let count = 0;
    for (let x = from; x <= to;) {
      const width = isWide(b, x) && x + 1 < cols ? 2 : 1;
      while (oldStart < x) oldStart += isWide(a, oldStart) && oldStart + 1 < cols ? 2 : 1;
      // What stands on a part of an old wide character destroys the other part: only whole units can stay.
      const whole = oldStart === x && (isWide(a, x) && x + 1 < cols ? 2 : 1) === width;
      if (whole && this.#same(old, row, x)) {
        dirty[x] = 0;
        if (width === 2) dirty[x + 1] = 0;
      } else {
        dirty[x] = 1;
        if (width === 2) dirty[x + 1] = 1;
        if (first === -1) first = x;
        last = x + width - 1;
        count += width;
      }
      x += width;
    }
    this.#first = first;
    this.#last = last;
    this.#count = count;
  }

  #same(old: Row, row: Row, x: number): boolean {
    const at = x * WORDS_PER_CELL;
    const word = row.words[at] ?? 0;
    if (this.writer.linkAt(old, x) !== this.writer.linkAt(row, x)) return false;
    if (
      old.words[at] === word &&
      (((old.words[at + 1] ?? 0) ^ (row.words[at + 1] ?? 0)) & COLOUR_MASK) === 0 &&
      (((old.words[at + 2] ?? 0) ^ (row.words[at + 2] ?? 0)) & COLOUR_MASK) === 0
    ) {
      return (word & COMBINED_BIT) === 0 || old.clusters?.get(x) === row.clusters?.get(x);
    }
    const { writer } = this;
    return (
      writer.isBlank(row, x) && writer.isBlank(old, x) && writer.blankColour(row, x) === writer.blankColour(old, x)
    );
  }

  #write(y: number, row: Row): void {
    const { writer } = this;
    const tail = writer.isBlank(row, this.#last) ? this.#blankTail(row) : writer.cols;
    // The last cell of the screen makes some terminals scroll.
    const keep = !writer.term.lastCell && y === writer.rows - 1 ? writer.cols - 1 : writer.cols;
    const end = Math.min(this.#last + 1, tail, keep);
    const runs = writer.term.ech || writer.term.rep;
    let x = this.#first;
    while (x < end) {
      const width = isWide(row.words, x) && x + 1 < writer.cols ? 2 : 1;
      if (this.#dirty[x] === 0) {
        x += width;
        continue;
      }
      writer.moveTo(x, y, row);
      const run = runs && width === 1 ? this.#run(row, x, end) : 1;
      if (run >= MIN_ERASE && this.#eraseRun(row, x, run)) {
        x += run;
      } else if (run > 1) {
        writer.printRun(row, x, run);
        x += run;
      } else {
        writer.printCell(row, x, width);
        x = writer.printLike(row, x + width, end, this.#dirty);
      }
    }
    if (tail <= this.#last) this.#writeTail(y, row, tail, keep);
  }

  #writeTail(y: number, row: Row, tail: number, keep: number): void {
    const { writer } = this;
    let from = Math.max(tail, this.#first);
    while (this.#dirty[from] === 0) from++;
    const colour = writer.blankColour(row, from);
    writer.moveTo(from, y, row);
    if (this.#last - from + 1 >= MIN_ERASE_TAIL && writer.canEraseTo(colour)) writer.eraseLine(colour);
    else for (let x = from; x <= this.#last && x < keep; x++) writer.printCell(row, x, 1);
  }

  #eraseRun(row: Row, x: number, run: number): boolean {
    const { writer } = this;
    if (!writer.term.ech || !writer.isBlank(row, x)) return false;
    const colour = writer.blankColour(row, x);
    if (!writer.canEraseTo(colour)) return false;
    writer.eraseCells(run, colour);
    return true;
  }

  /** How many cells from `x` on, below `end`, are the same and have to be written. */
  #run(row: Row, x: number, end: number): number {
    const { words } = row;
    const at = x * WORDS_PER_CELL;
    const word = words[at] ?? 0;
    const blank = this.writer.isBlank(row, x);
    if (!blank && (!this.writer.term.rep || words[at + WORDS_PER_CELL] !== word)) return 1;
    // After a character of disputed width the cursor has to be placed again.
    if (this.writer.isDisputed(row, x)) return 1;
    let to = x + 1;
    if (blank) {
      const colour = this.writer.blankColour(row, x);
      while (to < end && this.#dirty[to] === 1 && this.#isBlankOf(row, to, colour)) to++;
      return to - x;
    }
    while (to < end && this.#dirty[to] === 1) {
      const other = to * WORDS_PER_CELL;
      if (words[other] !== word || words[other + 1] !== words[at + 1] || words[other + 2] !== words[at + 2]) break;
      to++;
    }
    return to - x;
  }

  #isBlankOf(row: Row, x: number, colour: Colour): boolean {
    return unitWidth(row, x) === 1 && this.writer.isBlank(row, x) && this.writer.blankColour(row, x) === colour;
  }

  /** The column from which on the line is blank, in one background. */
  #blankTail(row: Row): number {
    const { writer } = this;
    let tail = writer.cols;
    if (tail === 0 || !writer.isBlank(row, tail - 1)) return tail;
    const colour = writer.blankColour(row, tail - 1);
    while (tail > 0 && this.#isBlankOf(row, tail - 1, colour)) {
      // The right half of a wide character looks like a blank.
      if (tail > 1 && unitWidth(row, tail - 2) === 2) break;
      tail--;
    }
    return tail;
  }

  /** Moves the rest of the line sideways where that makes most of it right; returns what the line shows then. */
  #tryShift(y: number, old: Row, row: Row): Row | undefined {
    if (old.clusters !== undefined || row.clusters !== undefined) return undefined;
    const at = this.#first;
    for (let by = 1; by <= MAX_SHIFT; by++) {
      for (const shift of [by, -by]) {
        if (!this.#isShifted(old, row, at, shift)) continue;
        this.writer.moveTo(at, y, row);
        this.writer.shiftCells(shift);
        return shifted(old, at, shift);
      }
    }
    return undefined;
  }

  /** Whether `row`, from column `at` on, is `old` moved by `shift` columns. */
  #isShifted(old: Row, row: Row, at: number, shift: number): boolean {
    const from = shift > 0 ? at : at - shift;
    const cols = this.writer.cols - at - Math.abs(shift);
    if (cols < MIN_SHIFT_CELLS) return false;
    const a = from * WORDS_PER_CELL;
    const b = (from + shift) * WORDS_PER_CELL;
    for (let i = 0; i < cols * WORDS_PER_CELL; i++) {
      const word = row.words[b + i] ?? 0;
      if (old.words[a + i] !== word) return false;
      if (i % WORDS_PER_CELL === 0 && (word & WIDTH_MASK) === WIDE) return false;
    }
    // A wide character at an edge would be cut.
    return !endsWide(old, shift > 0 ? old.cols - shift : at, old.cols);
  }
}

function isWide(words: Uint32Array, x: number): boolean {
  return ((words[x * WORDS_PER_CELL] ?? 0) & WIDTH_MASK) === WIDE;
}

/** Whether there is a wide character in the columns `from` up to but not including `to`. */
function endsWide(row: Row, from: number, to: number): boolean {
  for (let x = Math.max(0, from - 1); x < to; x++) {
    if (isWide(row.words, x)) return true;
  }
  return false;
}

function shifted(old: Row, at: number, shift: number): Row {
  const row = new Row(old.cols);
  row.words.set(old.words.subarray(0, at * WORDS_PER_CELL));
  const from = shift > 0 ? at : at - shift;
  const to = shift > 0 ? at + shift : at;
  const end = shift > 0 ? old.cols - shift : old.cols;
  row.words.set(old.words.subarray(from * WORDS_PER_CELL, end * WORDS_PER_CELL), to * WORDS_PER_CELL);
  return row;
}
