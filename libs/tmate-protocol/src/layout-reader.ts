import type { Layout, LayoutPane, LayoutWindow } from './layout.js';
import { Limit } from './wire-limits.js';
import { INT_MAX, type MessageReader } from './message-reader.js';

/** Reads the four arguments of SYNC_LAYOUT. */
export function readLayout(reader: MessageReader): Layout {
  const cols = reader.int('sx', 1, Limit.cols);
  const rows = reader.int('sy', 1, Limit.rows);
  const windowCount = reader.array('windows', 1, Limit.windows);
  const windows: LayoutWindow[] = [];
  let paneCount = 0;
  for (let i = 0; i < windowCount; i++) {
    const window = readWindow(reader, Limit.panes - paneCount);
    paneCount += window.panes.length;
    windows.push(window);
  }
  return { cols, rows, windows, activeWindow: reader.int('active window', 0, INT_MAX) };
}

/** Reads a window of at most `panesLeft` panes. */
function readWindow(reader: MessageReader, panesLeft: number): LayoutWindow {
  const count = reader.array('window', 4);
  const index = reader.int('window index', 0, INT_MAX);
  const name = reader.label('window name', Limit.nameBytes);
  const paneCount = reader.array('panes', 0);
  if (paneCount > panesLeft) throw reader.error('panes', `more than ${Limit.panes} in all`, 'limit');
  const panes: LayoutPane[] = [];
  for (let i = 0; i < paneCount; i++) panes.push(readPane(reader));
  const activePane = reader.int('active pane', -1, INT_MAX);
  reader.skip(count - 4);
  return { index, name, panes, activePane };
}

function readPane(reader: MessageReader): LayoutPane {
  const count = reader.array('pane', 5);
  const paneId = reader.int('pane id', 0, INT_MAX);
  const cols = reader.int('pane sx', 1, Limit.cols);
  const rows = reader.int('pane sy', 1, Limit.rows);
  const x = reader.int('pane xoff', 0, Limit.cols);
  const y = reader.int('pane yoff', 0, Limit.rows);
  reader.skip(count - 5);
  return { paneId, cols, rows, x, y };
}
