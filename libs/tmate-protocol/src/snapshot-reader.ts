import { Limit } from './wire-limits.js';
import { INT_MAX, UINT32_MAX, type MessageReader } from './message-reader.js';
import type { SnapshotLine, SnapshotPane, SnapshotScreen } from './snapshot.js';

/** The most bytes of a line's text: a cell holds a character and its combining marks in 9 bytes. */
const LINE_TEXT_BYTES = 9 * Limit.lineCells;

/** Reads the one argument of SNAPSHOT. */
export function readSnapshot(reader: MessageReader): SnapshotPane[] {
  const paneCount = reader.array('panes', 0, Limit.panes);
  const panes: SnapshotPane[] = [];
  const budget: Budget = { lines: Limit.snapshotLines, store: new CellStore() };
  for (let i = 0; i < paneCount; i++) {
    const count = reader.array('pane', 4);
    const paneId = reader.int('pane id', 0, INT_MAX);
    const mode = reader.int('pane mode', 0, UINT32_MAX);
    const screen = readScreen(reader, budget);
    const saved = reader.nil() ? undefined : readScreen(reader, budget);
    reader.skip(count - 4);
    panes.push({ paneId, mode, screen, saved });
  }
  return panes;
}

interface Budget {
  lines: number;
  readonly store: CellStore;
}

function readScreen(reader: MessageReader, budget: Budget): SnapshotScreen {
  const count = reader.array('screen', 3);
  const cursorX = reader.int('cursor x', 0, INT_MAX);
  const cursorY = reader.int('cursor y', 0, INT_MAX);
  const lineCount = reader.array('lines', 0, Limit.gridLines);
  budget.lines -= lineCount;
  if (budget.lines < 0) throw reader.error('lines', `more than ${Limit.snapshotLines} in all`, 'limit');
  const lines: SnapshotLine[] = [];
  for (let i = 0; i < lineCount; i++) lines.push(readLine(reader, budget.store));
  reader.skip(count - 3);
  return { cursorX, cursorY, lines };
}

const BLOCK_WORDS = 8192;

/** Where the cells of lines are stored: one array for many lines, because an array for each line costs more than reading it. */
class CellStore {
  #block = new Uint32Array(0);
  #used = 0;

  take(count: number): Uint32Array {
    if (this.#used + count > this.#block.length) {
      this.#block = new Uint32Array(Math.max(BLOCK_WORDS, count));
      this.#used = 0;
    }
    const cells = this.#block.subarray(this.#used, this.#used + count);
    this.#used += count;
    return cells;
  }
}

function readLine(reader: MessageReader, store: CellStore): SnapshotLine {
  const count = reader.array('line', 2);
  const text = reader.text('line text', LINE_TEXT_BYTES);
  const cellCount = reader.array('cells', 0, Limit.lineCells);
  const cells = store.take(cellCount);
  reader.words('cell', cells);
  reader.skip(count - 2);
  return { text, cells };
}
