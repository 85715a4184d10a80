import { ByteReader, ByteWriter } from '#kernel';
import { Line } from './line.js';
import { packLine, peekLine, unpackLine } from './pack.js';

/** A chunk takes no more lines once it is this long, in bytes. */
const CHUNK_BYTES = 16 * 1024;
const CHUNK_SLACK = 512;
/** Unpacked lines that are kept, so that who scrolls back and forth sees the same rows. */
const MAX_UNPACKED = 512;

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

  get length(): number {
    return this.#next - this.#first;
  }

  /** Adds a copy of the line as the newest. */
  push(line: Line): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.writer.length > CHUNK_BYTES) {
      // The first chunk grows, for many histories are short; those after it are sure to fill.
      chunk = new Chunk(this.#next, chunk === undefined ? 256 : CHUNK_BYTES + CHUNK_SLACK);
      this.#chunks.push(chunk);
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
    if (chunk.ends.length === 0) this.#chunks.pop();
    this.#next--;
    this.#unpacked.delete(this.#next);
    if (this.length === 0) this.clear();
    return line;
  }

  /** Drops the `count` oldest lines. */
  dropOldest(count: number): void {
    this.#first = Math.min(this.#next, this.#first + count);
    if (this.length === 0) return this.clear();
    const keep = this.#chunks.findIndex((chunk) => chunk.first + chunk.ends.length > this.#first);
    if (keep > 0) this.#chunks.splice(0, keep);
    for (const number of this.#unpacked.keys()) if (number < this.#first) this.#unpacked.delete(number);
  }

  clear(): void {
    this.#first = this.#next;
    this.#chunks = [];
    this.#unpacked.clear();
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
    if (this.#unpacked.size >= MAX_UNPACKED) this.#unpacked.clear();
    this.#unpacked.set(number, line);
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

  /** How many of the newest lines take no more than `bytes`, packed. */
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
