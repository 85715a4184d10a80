import { ByteReader, ByteWriter } from '#kernel';
import { Line } from './line.js';
import { packLine, peekLine, unpackLine } from './pack.js';
import { WORDS_PER_CELL } from '../row.js';

/** A chunk is full once it is this long, in bytes. */
const CHUNK_BYTES = 16 * 1024;
const CHUNK_SLACK = 512;
/** Unpacked lines that are kept, so that who scrolls back and forth sees the same rows; and how many cells they may have. */
const MAX_UNPACKED = 512;
const MAX_UNPACKED_CELLS = 64 * 1024;
const CELL_BYTES = 4 * WORDS_PER_CELL;
/** Lines of any history; a screen's own limit is lower, but not all that makes it smaller looks at that. */
const MOST_LINES = 120_000;
/** Where a line ends. */
const END_BYTES = 8;
/**
 * Largest history, packed: 40,000 lines of 100 characters. Beyond that, the oldest lines are dropped. To wrap lines again, they
 * are unpacked, which takes twelve times as much memory meanwhile.
 */
export const MAX_HISTORY_BYTES = 4 * 1024 * 1024;

/** Some lines, packed back to back. */
class Chunk {
  readonly writer: ByteWriter;
  /** Where each line ends. */
  readonly ends: number[] = [];

  constructor(
    /** Number of the first line, counted from the first one ever. */
    readonly first: number,
    capacity: number,
  ) {
    this.writer = new ByteWriter(capacity);
  }

  /** Accepts no more lines and releases unused room. Returns the bytes that it takes. */
  fill(): number {
    const { writer } = this;
    if (writer.bytes.length > writer.length + CHUNK_SLACK) writer.bytes = writer.finish();
    return writer.bytes.length;
  }

  reader(index: number): ByteReader {
    return new ByteReader(this.writer.bytes, index === 0 ? 0 : (this.ends[index - 1] ?? 0), this.ends[index] ?? 0);
  }
}

/**
 * The lines that scrolled out of view, packed: about a byte a character where an unpacked cell takes twelve. Lines are
 * numbered from the oldest, 0.
 */
export class History {
  #chunks: Chunk[] = [];
  /** Numbers of the oldest line and of the next one, counted from the first ever. */
  #first = 0;
  #next = 0;
  #unpacked = new Map<number, Line>();
  #unpackedCells = 0;
  /** Of all chunks but the newest, which grows. */
  #chunkBytes = 0;

  /** What it takes. */
  get bytes(): number {
    const newest = this.#chunks.at(-1)?.writer.bytes.length ?? 0;
    return this.#chunkBytes + newest + this.length * END_BYTES + this.#unpackedCells * CELL_BYTES;
  }

  get length(): number {
    return this.#next - this.#first;
  }

  /** Adds a copy of the line as the newest. */
  push(line: Line): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.writer.length > CHUNK_BYTES) {
      // The first chunk grows, for many histories are short; those after it are sure to fill.
      if (chunk !== undefined) this.#chunkBytes += chunk.fill();
      chunk = new Chunk(this.#next, chunk === undefined ? 256 : CHUNK_BYTES + CHUNK_SLACK);
      this.#chunks.push(chunk);
      if (this.#chunkBytes > MAX_HISTORY_BYTES) this.dropOldest((this.#chunks[1]?.first ?? 0) - this.#first);
      if (this.length > MOST_LINES) this.dropOldest(this.length - MOST_LINES);
    }
    packLine(chunk.writer, line);
    chunk.ends.push(chunk.writer.length);
    this.#next++;
  }

  /** Takes the newest line out. */
  pop(): Line | undefined {
    const chunk = this.#chunks.at(-1);
    if (chunk === undefined || this.length === 0) return undefined;
    const line = this.line(this.length - 1);
    chunk.ends.pop();
    chunk.writer.length = chunk.ends.at(-1) ?? 0;
    if (chunk.ends.length === 0) {
      this.#chunks.pop();
      this.#chunkBytes -= this.#chunks.at(-1)?.writer.bytes.length ?? 0;
    }
    this.#next--;
    this.#forget(this.#next);
    if (this.length === 0) this.clear();
    return line;
  }

  /** Drops the `count` oldest lines. */
  dropOldest(count: number): void {
    this.#first = Math.min(this.#next, this.#first + count);
    if (this.length === 0) return this.clear();
    const keep = this.#chunks.findIndex((chunk) => chunk.first + chunk.ends.length > this.#first);
    if (keep > 0) for (const { writer } of this.#chunks.splice(0, keep)) this.#chunkBytes -= writer.bytes.length;
    for (const number of this.#unpacked.keys()) if (number < this.#first) this.#forget(number);
  }

  clear(): void {
    this.#first = this.#next;
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#forgetUnpacked();
  }

  /** The line, unpacked; the same object again for a while. */
  line(index: number): Line | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const number = this.#first + index;
    const known = this.#unpacked.get(number);
    if (known !== undefined) return known;
    const chunk = this.#chunks[this.#chunkOf(number)];
    if (chunk === undefined) return undefined;
    const line = unpackLine(chunk.reader(number - chunk.first));
    if (this.#unpacked.size >= MAX_UNPACKED || this.#unpackedCells > MAX_UNPACKED_CELLS) this.#forgetUnpacked();
    this.#unpacked.set(number, line);
    this.#unpackedCells += line.cols;
    return line;
  }

  /** All lines, oldest first, each a new object. */
  *all(): Generator<Line> {
    for (const reader of this.#readers()) yield unpackLine(reader);
  }

  /** Whether `is` holds for the size and the wrapping of some line. */
  some(is: (size: number, wrapped: boolean) => boolean): boolean {
    for (const reader of this.#readers()) {
      const { size, wrapped } = peekLine(reader);
      if (is(size, wrapped)) return true;
    }
    return false;
  }

  /** How many of the newest lines fit into `bytes`, packed. */
  fitting(bytes: number): number {
    let lines = 0;
    let left = bytes;
    for (let number = this.#next - 1; number >= this.#first; number--) {
      const chunk = this.#chunks[this.#chunkOf(number)];
      left -= chunk?.reader(number - chunk.first).left ?? 0;
      if (left < 0) break;
      lines++;
    }
    return lines;
  }

  /** Writes the newest `count` lines, oldest first, packed as they are. */
  writeTo(writer: ByteWriter, count = this.length): void {
    let skip = this.length - count;
    for (const reader of this.#readers()) if (--skip < 0) writer.raw(reader.rest());
  }

  *#readers(): Generator<ByteReader> {
    for (const chunk of this.#chunks) {
      for (let i = Math.max(0, this.#first - chunk.first); i < chunk.ends.length; i++) yield chunk.reader(i);
    }
  }

  #forget(number: number): void {
    const line = this.#unpacked.get(number);
    if (line === undefined) return;
    this.#unpacked.delete(number);
    this.#unpackedCells -= line.cols;
  }

  #forgetUnpacked(): void {
    this.#unpacked.clear();
    this.#unpackedCells = 0;
  }

  #chunkOf(number: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
