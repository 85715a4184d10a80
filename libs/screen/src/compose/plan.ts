import { DEFAULT_STYLE, type Style } from '#tmux';
import { putCell, putText, sameCells } from '../cells.js';
import { Row } from '../row.js';
import { Borders } from './borders.js';
import { areaOf, type Area, type PaneView, type WindowView } from './window-view.js';

/** A piece of one line of the terminal that shows a piece of one pane's line. */
export interface Span {
  /** Index into the plan's panes. */
  readonly pane: number;
  /** The pane's line. */
  readonly line: number;
  /** The pane's column that comes first, and the terminal's column where it goes. */
  readonly from: number;
  readonly to: number;
  readonly cols: number;
}

/** Where everything goes: stands as long as the layout does. Both lists are by line of the area, from its first. */
export interface Plan {
  readonly area: Area;
  readonly offsetX: number;
  readonly offsetY: number;
  /**
   * Panes that are drawn: only the zoomed one, if there is one. If a layout does not fit into its window, tmux leaves out every
   * pane that is not completely inside.
   */
  readonly panes: readonly PaneView[];
  /** Whether that is one pane that fills the window. */
  readonly zoomed: boolean;
  readonly spans: readonly (readonly Span[])[];
  /** The lines without the panes' content. Equal ones are the same object. */
  readonly frames: readonly Row[];
}

/** The pane that is zoomed, if there is one. */
function zoomedPane(view: WindowView): PaneView | undefined {
  if (view.zoomedPaneId !== undefined) return view.panes.find((pane) => pane.id === view.zoomedPaneId);
  const filling = view.panes.filter((pane) => fills(pane, view));
  return filling.find((pane) => pane.id === view.activePaneId) ?? filling[0];
}

function fits(pane: PaneView, { window }: WindowView): boolean {
  return pane.x + pane.cols <= window.cols && pane.y + pane.rows <= window.rows;
}

function fills(pane: PaneView, view: WindowView): boolean {
  return pane.x === 0 && pane.y === 0 && pane.cols === view.window.cols && pane.rows === view.window.rows;
}

/** How far the visible part may be moved: never beyond the window, nor where all of it is seen. */
function clampOffset(offset: number | undefined, window: number, visible: number): number {
  return Math.max(0, Math.min(Math.trunc(offset ?? 0), window - visible));
}

export function planOf(view: WindowView): Plan {
  const area = areaOf(view.rows, view.statusRow !== undefined, view.statusPosition);
  const zoomed = zoomedPane(view);
  const panes = zoomed === undefined ? view.panes.filter((pane) => fits(pane, view)) : [zoomed];
  const offsetX = clampOffset(view.offsetX, view.window.cols, view.cols);
  const offsetY = clampOffset(view.offsetY, view.window.rows, area.rows);
  const owners = ownersOf(view, panes, area, offsetX, offsetY);
  const spans: Span[][] = [];
  for (let line = 0; line < area.rows; line++) spans.push(spansOf(view, panes, owners, line, offsetX, offsetY));
  const frames = framesOf(view, panes, owners, area, offsetX, offsetY);
  return { area, offsetX, offsetY, panes, zoomed: zoomed !== undefined, spans, frames };
}

/** Whether a plan made for `before` serves `view` too. */
export function samePlan(before: WindowView, view: WindowView): boolean {
  return (
    before.cols === view.cols &&
    before.rows === view.rows &&
    before.window.cols === view.window.cols &&
    before.window.rows === view.window.rows &&
    before.limitedBy === view.limitedBy &&
    before.activePaneId === view.activePaneId &&
    before.zoomedPaneId === view.zoomedPaneId &&
    before.statusPosition === view.statusPosition &&
    (before.statusRow === undefined) === (view.statusRow === undefined) &&
    (before.offsetX ?? 0) === (view.offsetX ?? 0) &&
    (before.offsetY ?? 0) === (view.offsetY ?? 0) &&
    sameColours(before.borderStyle, view.borderStyle) &&
    sameColours(before.activeBorderStyle, view.activeBorderStyle) &&
    before.panes.length === view.panes.length &&
    before.panes.every((pane, index) => samePlace(pane, view.panes[index]))
  );
}

function samePlace(a: PaneView, b: PaneView | undefined): boolean {
  return (
    a.id === b?.id &&
    a.x === b.x &&
    a.y === b.y &&
    a.cols === b.cols &&
    a.rows === b.rows &&
    sameColours(a.colours ?? DEFAULT_STYLE, b.colours ?? DEFAULT_STYLE)
  );
}

function sameColours(a: Style, b: Style): boolean {
  return a === b || (a.fg === b.fg && a.bg === b.bg);
}

/** By cell of the area: the index + 1 of the pane that is seen there; 0 for none. The last of overlapping ones wins. */
function ownersOf(view: WindowView, panes: readonly PaneView[], area: Area, offsetX: number, offsetY: number) {
  const owners = new Uint16Array(view.cols * area.rows);
  let open = owners.length;
  for (let index = panes.length - 1; index >= 0 && open > 0; index--) {
    const pane = panes[index];
    if (pane === undefined || index > 0xfffe) continue;
    const fromX = Math.max(0, pane.x, offsetX) - offsetX;
    const toX = Math.min(pane.x + pane.cols, view.window.cols, offsetX + view.cols) - offsetX;
    const fromY = Math.max(0, pane.y, offsetY) - offsetY;
    const toY = Math.min(pane.y + pane.rows, view.window.rows, offsetY + area.rows) - offsetY;
    for (let y = fromY; y < toY; y++) {
      for (let at = y * view.cols + fromX; at < y * view.cols + toX; at++) {
        if (owners[at] !== 0) continue;
        owners[at] = index + 1;
        open--;
      }
    }
  }
  return owners;
}

function spansOf(
  view: WindowView,
  panes: readonly PaneView[],
  owners: Uint16Array,
  line: number,
  offsetX: number,
  offsetY: number,
): Span[] {
  const spans: Span[] = [];
  const first = line * view.cols;
  for (let x = 0; x < view.cols;) {
    const owner = owners[first + x] ?? 0;
    let end = x + 1;
    while (end < view.cols && owners[first + end] === owner) end++;
    const pane = panes[owner - 1];
    if (pane !== undefined) {
      const from = x + offsetX - pane.x;
      spans.push({ pane: owner - 1, line: line + offsetY - pane.y, from, to: x, cols: end - x });
    }
    x = end;
  }
  return spans;
}

/** Borders, dots and the note on the window's size, on otherwise blank lines. */
function framesOf(
  view: WindowView,
  panes: readonly PaneView[],
  owners: Uint16Array,
  area: Area,
  offsetX: number,
  offsetY: number,
): Row[] {
  const extent = { x: offsetX, y: offsetY, cols: view.cols, rows: area.rows };
  const active = view.panes.find((pane) => pane.id === view.activePaneId);
  const borders = new Borders(extent, view.window, panes, active, view.panes.length);
  const other: Style = { ...view.borderStyle, attr: 0 };
  const own: Style = { ...view.activeBorderStyle, attr: 0 };
  const note = noteOf(view, area);
  const frames: Row[] = [];
  for (let y = 0; y < area.rows; y++) {
    const row = new Row(view.cols);
    for (let x = 0; x < view.cols; x++) {
      if (owners[y * view.cols + x] !== 0) continue;
      const cell = borders.at(x + offsetX, y + offsetY);
      if (cell !== undefined) putCell(row, x, cell.char.codePointAt(0) ?? 0, 1, cell.active ? own : other);
    }
    if (note !== undefined && y === area.rows - 1) putText(row, view.cols - note.length, note, DEFAULT_STYLE);
    const before = frames.at(-1);
    frames.push(before !== undefined && sameCells(before, row) ? before : row);
  }
  return frames;
}

/**
 * What tmux writes at the bottom right where the window does not fill the terminal. It wants two spare lines, or the
 * text's width in spare columns; with the status line at the top one spare line does.
 */
function noteOf(view: WindowView, area: Area): string | undefined {
  const { cols, rows } = view.window;
  const note = `(size ${cols}x${rows} from ${view.limitedBy ?? 'a smaller client'})`;
  const spareRows = area.rows - 1 + area.top - rows;
  const wide = view.cols - cols > note.length;
  return (spareRows > 0 && view.cols >= note.length) || wide ? note : undefined;
}
