import type { MousePlace } from '#screen';
import type { Pane } from '../../model/pane.js';
import type { SessionModel } from '../../model/session-model.js';
import type { Size } from '../../model/sizes.js';

/** A cell, from 0: of a terminal, of the host's window or of a pane. */
export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** What the mouse is on. */
export interface MouseTarget {
  readonly where: MousePlace;
  /** Index of the window that it is in, or on whose name. */
  readonly window: number;
  /** The pane that it is in, or at whose right or lower border; none on the status line. */
  readonly pane: Pane | undefined;
}

/** The cell of the host's window that a terminal of that size shows at `at`; it may lie outside of the window. */
export function windowCell(model: SessionModel, { cols, rows }: Size, at: Cell): Cell {
  const { top, visibleRows, offsetX, offsetY } = model.display.placement(cols, rows);
  // As in tmux, what is on the status line counts for the line next to it: a drag may go over it.
  const y = Math.min(Math.max(at.y - top, 0), Math.max(0, visibleRows - 1));
  return { x: at.x + offsetX, y: y + offsetY };
}

/** What a cell of a terminal of that size is, by tmux's rules; undefined if a mouse key there has no target. */
export function mouseTarget(model: SessionModel, size: Size, at: Cell): MouseTarget | undefined {
  const { current } = model.windows;
  if (current === undefined || at.x >= size.cols || at.y >= size.rows) return undefined;
  const statusAt = model.display.messageLine === 0 ? 0 : size.rows - 1;
  if (model.display.statusLines > 0 && at.y === statusAt) {
    const hit = model.display.statusHits(size.cols).find(({ from, to }) => at.x >= from && at.x < to);
    return hit && { where: 'Status', window: hit.index, pane: undefined };
  }
  const cell = windowCell(model, size, at);
  if (cell.x >= model.windows.cols || cell.y >= model.windows.rows) return undefined;
  const panes = current.panes.filter((pane) => model.windows.isShown(current, pane));
  const border = panes.find((pane) => atRight(pane, cell) || atBottom(pane, cell));
  const pane = border ?? panes.find((other) => isInside(other, cell));
  return pane && { where: border === undefined ? 'Pane' : 'Border', window: current.index, pane };
}

/** Whether the cell is on the line to the right of the pane; its ends reach to the lines that cross it. */
export function atRight({ rect }: Pane, { x, y }: Cell): boolean {
  return x === rect.x + rect.cols && y >= rect.y - 1 && y <= rect.y + rect.rows;
}

/** Whether the cell is on the line below the pane. */
export function atBottom({ rect }: Pane, { x, y }: Cell): boolean {
  return y === rect.y + rect.rows && x >= rect.x - 1 && x <= rect.x + rect.cols;
}

export function isInside({ rect }: Pane, { x, y }: Cell): boolean {
  return x >= rect.x && x < rect.x + rect.cols && y >= rect.y && y < rect.y + rect.rows;
}

/** The cell of the pane at a cell of the window; undefined outside of the pane. */
export function paneCell(pane: Pane, cell: Cell): Cell | undefined {
  return isInside(pane, cell) ? { x: cell.x - pane.rect.x, y: cell.y - pane.rect.y } : undefined;
}
