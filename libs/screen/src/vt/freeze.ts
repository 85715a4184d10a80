import { ByteReader, ByteWriter, damaged } from '#kernel';
import { COLOUR_MASK } from '#tmux';
import type { CursorShape } from '../picture.js';
import { History } from './history.js';
import type { Line } from './line.js';
import { MAX_LINKS, MAX_LINK_BYTES, type Links } from './links.js';
import { ALL_MODES } from './mode-bits.js';
import { MAX_COLOUR_BYTES, MAX_TITLE_BYTES } from './osc.js';
import { packLine, unpackLine } from './pack.js';
import { MAX_PARAM_CHARS, MAX_PARAMS } from './params.js';
import { MAX_STRING_BYTES, type Parser } from './parser.js';
import { STATES } from './parser-table.js';
import { clampHistory, MAX_SIDE, touch, type Pen, type PenState, type Screen } from './screen.js';

/** The first bytes of a frozen terminal: its format's name and version. */
const MAGIC = [0x53, 0x56, 0x54, 1] as const;
/** More lines than any history holds, that of an older build included. */
const MAX_HISTORY = 1_000_000;
const MAX_UINT32 = 0xffffffff;
const Flag = { keepsHistory: 1, allowsAlternate: 2, saved: 4, discard: 8 } as const;

/** The parts of a terminal. */
export interface TerminalParts {
  readonly screen: Screen;
  readonly parser: Parser;
  readonly links: Links;
}

/**
 * Packs a terminal; `readTerminal` is its mirror, field by field. Of the history as many of the newest lines as take
 * `historyBytes` at most.
 */
export function writeTerminal(
  { screen, parser, links }: TerminalParts,
  historyBytes = Infinity,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(1024);
  for (const byte of MAGIC) writer.u8(byte);
  const { cols, rows, historyLimit, cx, cy, upper, lower, mode, savedX, savedY, alternateX, alternateY } = screen;
  for (const value of [cols, rows, historyLimit, cx, cy, upper, lower, mode, savedX, savedY, alternateX, alternateY]) {
    writer.varint(value);
  }
  const saved = screen.saved === undefined ? 0 : Flag.saved;
  const keeps = screen.keepsHistory ? Flag.keepsHistory : 0;
  const allows = screen.allowsAlternate ? Flag.allowsAlternate : 0;
  writer.u8(saved | keeps | allows | (parser.discard ? Flag.discard : 0));
  writePenState(writer, screen.pen);
  writePenState(writer, screen.savedPen);
  writePen(writer, screen.alternatePen);
  writer.u8(screen.cursorShape);
  writer.varint(screen.bells);
  writer.text(screen.title);
  writer.text(screen.cursorColour);
  writeTabs(writer, screen.tabs);
  writeParser(writer, parser);
  writer.varint(links.all.length);
  for (const uri of links.all) writer.text(uri);
  writer.varint(screen.link);
  for (const line of screen.view) packLine(writer, line);
  if (screen.saved !== undefined) {
    writer.varint(screen.saved.cols);
    writer.varint(screen.saved.rows);
    for (const line of screen.saved.lines) packLine(writer, line);
  }
  const { history } = screen;
  const lines = historyBytes === Infinity ? history.length : history.fitting(historyBytes);
  writer.varint(lines);
  history.writeTo(writer, lines);
  return writer.finish();
}

/** Fills a fresh terminal's parts from what `writeTerminal` wrote; every number is checked. */
export function readTerminal(frozen: Uint8Array, { screen, parser, links }: TerminalParts): void {
  const reader = new ByteReader(frozen);
  for (const byte of MAGIC) if (reader.u8() !== byte) throw damaged('another format or version');
  const side = (what: string) => reader.upTo(MAX_SIDE - 1, what);
  screen.cols = readSide(reader, 'width');
  screen.rows = readSide(reader, 'height');
  screen.historyLimit = clampHistory(reader.varint());
  screen.cx = reader.varint();
  screen.cy = reader.upTo(screen.rows - 1, 'cursor');
  screen.upper = reader.upTo(screen.rows - 1, 'region');
  screen.lower = reader.upTo(screen.rows - 1, 'region');
  if (screen.upper > screen.lower) throw damaged('the region is upside down');
  screen.mode = reader.upTo(ALL_MODES, 'modes');
  screen.savedX = reader.varint();
  screen.savedY = side('saved cursor');
  screen.alternateX = reader.varint();
  screen.alternateY = side('saved cursor');
  const flags = reader.u8();
  screen.keepsHistory = (flags & Flag.keepsHistory) !== 0;
  screen.allowsAlternate = (flags & Flag.allowsAlternate) !== 0;
  parser.discard = (flags & Flag.discard) !== 0;
  screen.pen = readPenState(reader);
  screen.savedPen = readPenState(reader);
  screen.alternatePen = readPen(reader);
  screen.cursorShape = reader.upTo(6, 'cursor shape') as CursorShape;
  screen.bells = reader.varint();
  // Bytes that were no UTF-8 became longer ones.
  screen.title = reader.text(3 * MAX_TITLE_BYTES, 'title');
  screen.cursorColour = reader.text(3 * MAX_COLOUR_BYTES, 'cursor colour');
  screen.tabs = readTabs(reader, screen.cols);
  readParser(reader, parser);
  const count = reader.upTo(MAX_LINKS, 'links');
  for (let i = 1; i <= count; i++)
    if (links.add(reader.text(MAX_LINK_BYTES, 'link')) !== i) throw damaged('a bad link');
  screen.link = reader.upTo(count, 'link');
  screen.view = readLines(reader, screen, screen.rows);
  if ((flags & Flag.saved) !== 0) {
    const cols = readSide(reader, 'width');
    const rows = readSide(reader, 'height');
    screen.saved = { cols, rows, lines: readLines(reader, screen, rows) };
  }
  screen.history = new History();
  for (let n = reader.upTo(MAX_HISTORY, 'history'); n > 0; n--) screen.history.push(unpackLine(reader));
  if (reader.left > 0) throw damaged('there is more than there should be');
}

function readSide(reader: ByteReader, what: string): number {
  const side = reader.upTo(MAX_SIDE, what);
  if (side === 0) throw damaged(`${what} is 0`);
  return side;
}

function readLines(reader: ByteReader, screen: Screen, count: number): Line[] {
  const lines: Line[] = [];
  for (let i = 0; i < count; i++) {
    const line = unpackLine(reader);
    touch(screen, line);
    lines.push(line);
  }
  return lines;
}

function writePen(writer: ByteWriter, pen: Pen): void {
  writer.u8(pen.attr);
  writer.varint(pen.fg);
  writer.varint(pen.bg);
}

function readPen(reader: ByteReader): Pen {
  return { attr: reader.u8(), fg: reader.upTo(COLOUR_MASK, 'colour'), bg: reader.upTo(COLOUR_MASK, 'colour') };
}

function writePenState(writer: ByteWriter, pen: PenState): void {
  writePen(writer, pen);
  writer.u8(pen.set | (pen.g0 ? 2 : 0) | (pen.g1 ? 4 : 0));
}

function readPenState(reader: ByteReader): PenState {
  const pen = readPen(reader);
  const sets = reader.upTo(7, 'character sets');
  return { ...pen, set: sets & 1, g0: (sets & 2) !== 0, g1: (sets & 4) !== 0 };
}

/** The columns of the stops. */
function writeTabs(writer: ByteWriter, tabs: Uint8Array): void {
  const stops = [...tabs.keys()].filter((x) => tabs[x] === 1);
  writer.varint(stops.length);
  for (const x of stops) writer.varint(x);
}

function readTabs(reader: ByteReader, cols: number): Uint8Array {
  const tabs = new Uint8Array(cols);
  for (let n = reader.upTo(cols, 'tab stops'); n > 0; n--) tabs[reader.upTo(cols - 1, 'tab stop')] = 1;
  return tabs;
}

function writeParser(writer: ByteWriter, parser: Parser): void {
  writer.u8(parser.state);
  writer.u8(parser.intermediates);
  writer.u8(parser.intermediate & 0xff);
  writer.varint(parser.codePoint);
  writer.u8(parser.codePointBytes);
  const params = parser.params.save();
  writer.varint(params.length);
  for (const value of params) writer.varint(value);
  const { bytes, length } = parser.string;
  writer.varint(length);
  writer.varint(bytes.length);
  writer.raw(bytes);
}

function readParser(reader: ByteReader, parser: Parser): void {
  parser.state = reader.upTo(STATES - 1, 'state');
  parser.intermediates = reader.upTo(3, 'intermediates');
  parser.intermediate = (reader.u8() << 24) >> 24;
  parser.codePoint = reader.upTo(0x1fffff, 'character');
  parser.codePointBytes = reader.upTo(4, 'character');
  const count = reader.upTo(MAX_PARAMS + 3, 'parameters');
  const params: number[] = [];
  // Parameters are signed 32-bit numbers, one more than that here; the first is the count of characters.
  for (let i = 0; i < count; i++) params.push(reader.upTo(i === 0 ? MAX_PARAM_CHARS : 0x80000000, 'parameter'));
  parser.params.restore(params);
  const length = reader.upTo(MAX_UINT32, 'string');
  parser.restoreString(reader.raw(reader.upTo(Math.min(length, MAX_STRING_BYTES), 'string')), length);
}
