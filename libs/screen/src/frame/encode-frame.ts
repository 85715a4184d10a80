import type { Picture } from '../picture.js';
import { Row } from '../row.js';
import { ByteSink } from './byte-sink.js';
import type { TermCapabilities } from './capabilities.js';
import { LineDiff } from './line-diff.js';
import { findScroll, scrolled } from './scroll.js';
import { charsetSequence, writeCursorColour, writeModes } from './terminal-modes.js';
import { TerminalWriter } from './terminal-writer.js';

/** A frame of more bytes is shown at once, or with the cursor hidden; a smaller one is done before that can be seen. */
const SMALL_FRAME = 128;
/** Blocks of lines that one frame may move: two panes, one above the other. */
const MAX_SCROLLS = 2;

const BEL = 0x07;

const sink = new ByteSink();
let lastBlank = new Row(0);

function blankRow(cols: number): Row {
  if (lastBlank.cols !== cols) lastBlank = new Row(cols);
  return lastBlank;
}

/**
 * The shortest bytes found that change a terminal from showing `from` to showing `to`; empty if they are the same. Without
 * `from`, or if it has another size, nothing is assumed except what `enterSequence` set up: everything is redrawn. Pure: the
 * same arguments give the same bytes. The terminal's state after a frame depends only on `to`: the cursor at its position if it
 * is visible, no rendition, no region. So a frame may follow any other that ended in the same picture.
 */
export function encodeFrame(from: Picture | undefined, to: Picture, term: TermCapabilities): Uint8Array {
  if (from === to) return new Uint8Array(0);
  const fits = from !== undefined && from.cols === to.cols && from.rows === to.rows && from.links === to.links;
  const old = fits ? from : undefined;
  sink.clear();
  const tools = toolsFor(term, to);
  const { writer } = tools;
  // Numbers of links mean the same in both pictures, or nothing that is drawn can be relied on.
  writer.linksOf(to.links);
  if (old === undefined) {
    sink.ascii(`${charsetSequence(term)}\u{1b}[m${term.scrollRegion ? '\u{1b}[r' : ''}\u{1b}[H\u{1b}[2J`);
    writer.placed(0, 0);
  } else if (old.cursor.visible) {
    writer.placed(Math.min(old.cursor.x, to.cols - 1), Math.min(old.cursor.y, to.rows - 1));
  }
  drawLines(tools, old, to);
  writer.settle();
  writeCursorColour(sink, from, to, term);
  finish(writer, old, to);
  // Of whatever size the terminal was: what rang since then has not been heard.
  if (from !== undefined && to.bells > from.bells) sink.byte(BEL);
  return sink.take();
}

/** What draws frames for one kind and size of terminals. Frames hold nothing of it: the last one is kept to save making it. */
interface Tools {
  readonly term: TermCapabilities;
  readonly writer: TerminalWriter;
  readonly diff: LineDiff;
}
let lastTools: Tools | undefined;

function toolsFor(term: TermCapabilities, { cols, rows }: Picture): Tools {
  if (lastTools?.term === term && lastTools.writer.cols === cols && lastTools.writer.rows === rows) {
    lastTools.writer.restart();
    return lastTools;
  }
  const writer = new TerminalWriter(sink, term, cols, rows);
  lastTools = { term, writer, diff: new LineDiff(writer) };
  return lastTools;
}

function drawLines({ writer, diff }: Tools, old: Picture | undefined, to: Picture): void {
  const blank = blankRow(to.cols);
  let shown: readonly Row[] | undefined = old?.lines;
  if (shown !== undefined && writer.term.scrollRegion) {
    for (let i = 0; i < MAX_SCROLLS; i++) {
      const step = findScroll(shown, to.lines);
      if (step === undefined) break;
      writer.scroll(step.top, step.bottom, step.count);
      shown = scrolled(shown, step, blank);
    }
  }
  for (let y = 0; y < to.rows; y++) {
    const row = to.lines[y] ?? blank;
    const before = shown === undefined ? blank : (shown[y] ?? blank);
    if (row !== before) diff.update(y, before, row);
  }
}

function finish(writer: TerminalWriter, old: Picture | undefined, to: Picture): void {
  const { term } = writer;
  const { cursor } = to;
  const before = old?.cursor;
  const big = sink.length > SMALL_FRAME;
  const y = Math.min(cursor.y, to.rows - 1);
  if (cursor.visible) writer.moveTo(Math.min(cursor.x, to.cols - 1), y, to.lines[y]);
  if (term.cursorShape && before?.shape !== cursor.shape) sink.ascii(`\u{1b}[${cursor.shape} q`);
  writeModes(sink, old, to, term);
  if (!term.hideCursor) return wrapSynchronised(term, big);
  const hidden = before !== undefined && !before.visible;
  const hides = !hidden && (!cursor.visible || (big && !term.synchronised) || before === undefined);
  if (hides) sink.prepend('\u{1b}[?25l');
  if (cursor.visible && (hides || hidden)) sink.ascii('\u{1b}[?25h');
  wrapSynchronised(term, big);
}

function wrapSynchronised(term: TermCapabilities, big: boolean): void {
  if (!big || !term.synchronised) return;
  sink.prepend('\u{1b}[?2026h');
  sink.ascii('\u{1b}[?2026l');
}
