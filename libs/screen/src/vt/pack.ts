import {
  ATTR_MASK,
  ATTR_SHIFT,
  CODE_POINT_MASK,
  COMBINED_BIT,
  PADDING_MARK,
  WIDTH_MASK,
  WIDTH_SHIFT,
  WORDS_PER_CELL,
} from '../row.js';
import { COLOUR_MASK, COLOUR_VALUE_MASK } from '#tmux';
import { damaged, type ByteReader, type ByteWriter } from '#kernel';
import { growLine, Line, MAX_CELLS, NARROW, setCluster } from './line.js';

/*
 * A packed line: flags, number of cells, then either (plain: ASCII in the default style) a byte a cell, or runs of
 * cells of one style: their number, the style, the cells.
 *
 * style  which parts follow (Part bits), then attributes, foreground, background and link
 * cell   its character if that is printable ASCII, else a Token and what belongs to it
 */
const Flag = { wrapped: 1, plain: 2 } as const;
const Part = { attr: 1, fg: 2, bg: 4, link: 8 } as const;
const Token = { blank: 0, padding: 1, wide: 2, narrow: 3, cluster: 4 } as const;
/** A cell's text, in bytes. */
const MAX_CLUSTER_BYTES = 64;
/** A narrow cell's token and code point, in bytes. */
const MAX_SIMPLE_CELL = 4;
const LINK_SHIFT = 26;
const encoder = new TextEncoder();

/** Adds the packed line to `writer`. */
export function packLine(writer: ByteWriter, line: Line): void {
  if (line.plain) return packPlain(writer, line);
  writer.u8(line.wrapped ? Flag.wrapped : 0);
  writer.varint(line.size);
  for (let x = 0; x < line.size;) x = packRun(writer, line, x);
}

function packPlain(writer: ByteWriter, line: Line): void {
  const { words, size } = line;
  writer.u8(Flag.plain | (line.wrapped ? Flag.wrapped : 0));
  writer.varint(size);
  writer.reserve(size);
  const { bytes, length } = writer;
  let at = 0;
  for (let out = length; out < length + size; out++) {
    bytes[out] = (words[at] ?? 0) & 0x7f;
    at += WORDS_PER_CELL;
  }
  writer.length = length + size;
}

/** Packs the cells from `from` on that look alike; returns where the next run begins. */
function packRun(writer: ByteWriter, line: Line, from: number): number {
  const { words, size } = line;
  const at = from * WORDS_PER_CELL;
  const attr = (words[at] ?? 0) & ATTR_MASK;
  const fg = words[at + 1] ?? 0;
  const bg = words[at + 2] === PADDING_MARK ? 0 : (words[at + 2] ?? 0);
  let end = from + 1;
  for (let i = at + WORDS_PER_CELL; end < size; end++, i += WORDS_PER_CELL) {
    // The right half of a wide character belongs to its run.
    const differs = ((words[i] ?? 0) & ATTR_MASK) !== attr || words[i + 1] !== fg || words[i + 2] !== bg;
    if (differs && words[i + 2] !== PADDING_MARK) break;
  }
  writer.varint(end - from);
  packStyle(writer, attr >>> ATTR_SHIFT, fg, bg);
  if (line.complex) for (let x = from; x < end; x++) packCell(writer, line, x);
  else packSimpleCells(writer, words, from, end);
  return end;
}

/** Packs cells none of which is wide or combined. */
function packSimpleCells(writer: ByteWriter, words: Uint32Array, from: number, to: number): void {
  // `varint` asks for more room than it takes: with some to spare, the array stays the same.
  writer.reserve((to - from + 2) * MAX_SIMPLE_CELL);
  const { bytes } = writer;
  let out = writer.length;
  for (let at = from * WORDS_PER_CELL; at < to * WORDS_PER_CELL; at += WORDS_PER_CELL) {
    const codePoint = (words[at] ?? 0) & CODE_POINT_MASK;
    if (codePoint < 0x7f) bytes[out++] = codePoint;
    else {
      writer.length = out;
      writer.u8(Token.narrow);
      writer.varint(codePoint);
      out = writer.length;
    }
  }
  writer.length = out;
}

/** A colour with its kind in the low bits, so that the usual ones are short. */
const packColour = (colour: number) => (((colour & COLOUR_VALUE_MASK) << 2) | ((colour >>> 24) & 3)) >>> 0;
const unpackColour = (packed: number) => (((packed & 3) << 24) | (packed >>> 2)) >>> 0;

function packStyle(writer: ByteWriter, attr: number, word1: number, word2: number): void {
  const fg = word1 & COLOUR_MASK;
  const bg = word2 & COLOUR_MASK;
  const link = (word1 >>> LINK_SHIFT) | ((word2 >>> LINK_SHIFT) << 6);
  if (word1 === 0 && word2 === 0 && attr === 0) return void writer.u8(0);
  writer.u8((attr && Part.attr) | (fg && Part.fg) | (bg && Part.bg) | (link && Part.link));
  if (attr !== 0) writer.u8(attr);
  if (fg !== 0) writer.varint(packColour(fg));
  if (bg !== 0) writer.varint(packColour(bg));
  if (link !== 0) writer.varint(link);
}

function packCell(writer: ByteWriter, line: Line, x: number): void {
  const word = line.words[x * WORDS_PER_CELL] ?? 0;
  const codePoint = word & CODE_POINT_MASK;
  const width = (word & WIDTH_MASK) >>> WIDTH_SHIFT;
  if (line.words[x * WORDS_PER_CELL + 2] === PADDING_MARK) writer.u8(Token.padding);
  else if (word === 0) writer.u8(Token.blank);
  else if ((word & COMBINED_BIT) !== 0) {
    const text = encoder.encode(line.clusters?.get(x) ?? ' ');
    writer.u8(Token.cluster);
    writer.u8(width);
    writer.u8(text.length);
    writer.raw(text);
  } else if (width === 1 && codePoint >= 0x20 && codePoint < 0x7f) writer.u8(codePoint);
  else {
    writer.u8(width === 2 ? Token.wide : Token.narrow);
    writer.varint(codePoint);
  }
}

/** Number of cells and wrapping of the packed line that `reader` stands at. */
export function peekLine(reader: ByteReader): { size: number; wrapped: boolean } {
  const flags = reader.u8();
  return { size: reader.varint(), wrapped: (flags & Flag.wrapped) !== 0 };
}

/** Reads a packed line; throws a `ShipmateError` with code `protocol` if it is invalid. */
export function unpackLine(reader: ByteReader): Line {
  const flags = reader.u8();
  if (flags > (Flag.wrapped | Flag.plain)) throw damaged('unknown flags of a line');
  const size = reader.upTo(MAX_CELLS + 1, 'a line');
  const line = new Line();
  if ((flags & Flag.plain) !== 0) {
    const text = reader.raw(size);
    growLine(line, size);
    for (const [x, character] of text.entries()) {
      if (character !== 0) line.words[x * WORDS_PER_CELL] = NARROW | printable(character);
    }
  } else {
    // A cell is a byte at least: what claims more than there is need not be allocated.
    if (size > reader.left) throw damaged('it is cut short');
    line.plain = false;
    growLine(line, size);
    for (let x = 0; x < size;) x = unpackRun(reader, line, x, size);
  }
  line.size = size;
  line.wrapped = (flags & Flag.wrapped) !== 0;
  return line;
}

/** A control character in a cell would reach a joiner's terminal. */
function printable(codePoint: number): number {
  const control = codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0);
  if (control || codePoint > 0x10ffff || (codePoint & 0x1ff800) === 0xd800)
    throw damaged('a character is not printable');
  return codePoint;
}

function unpackRun(reader: ByteReader, line: Line, from: number, size: number): number {
  const length = reader.upTo(size - from, 'a run');
  if (length === 0) throw damaged('an empty run');
  const parts = reader.u8();
  if (parts > 15) throw damaged('unknown parts of a style');
  const attr = (parts & Part.attr) === 0 ? 0 : reader.u8();
  const fg = (parts & Part.fg) === 0 ? 0 : unpackColour(reader.upTo(COLOUR_MASK, 'a colour'));
  const bg = (parts & Part.bg) === 0 ? 0 : unpackColour(reader.upTo(COLOUR_MASK, 'a colour'));
  const link = (parts & Part.link) === 0 ? 0 : reader.upTo(0xfbf, 'a link');
  const word1 = (fg | ((link & 0x3f) << LINK_SHIFT)) >>> 0;
  const word2 = (bg | ((link >>> 6) << LINK_SHIFT)) >>> 0;
  for (let x = from; x < from + length; x++) {
    const at = x * WORDS_PER_CELL;
    const token = reader.u8();
    if (token === Token.padding) {
      line.words[at + 2] = PADDING_MARK;
      line.complex = true;
      continue;
    }
    line.words[at] = ((attr << ATTR_SHIFT) | unpackCell(reader, line, x, token)) >>> 0;
    line.words[at + 1] = word1;
    line.words[at + 2] = word2;
  }
  return from + length;
}

/** Width and code point of the cell that begins with `token`. */
function unpackCell(reader: ByteReader, line: Line, x: number, token: number): number {
  switch (token) {
    case Token.blank:
      return 0;
    case Token.wide:
      line.complex = true;
      return (2 << WIDTH_SHIFT) | printable(reader.varint());
    case Token.narrow:
      return NARROW | printable(reader.varint());
    case Token.cluster: {
      const width = reader.upTo(2, 'a width');
      const text = reader.decode(reader.raw(reader.upTo(MAX_CLUSTER_BYTES, 'a character')), 'a character');
      for (const character of text) printable(character.codePointAt(0) ?? 0);
      line.complex = true;
      setCluster(line, x, text === '' ? ' ' : text);
      return COMBINED_BIT | (width << WIDTH_SHIFT) | (text.codePointAt(0) ?? 0x20);
    }
    default:
      return NARROW | printable(token);
  }
}
