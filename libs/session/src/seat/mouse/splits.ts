import type { Pane } from '../../model/pane.js';

/** The way in which cells lie side by side: from left to right, or one above the other. */
export type Axis = 'x' | 'y';

/** How a window is divided, down to its panes; a layout contains only the panes. */
type Cell = { readonly pane: Pane } | { readonly axis: Axis; readonly cells: readonly Cell[] };

/** A pane whose size moves a border: the border goes along with it (1), or against it (-1). */
export interface Mover {
  readonly pane: Pane;
  readonly direction: 1 | -1;
}

const span = ({ rect }: Pane, axis: Axis): readonly [start: number, end: number] =>
  axis === 'x' ? [rect.x, rect.x + rect.cols] : [rect.y, rect.y + rect.rows];
const other = (axis: Axis): Axis => (axis === 'x' ? 'y' : 'x');

/**
 * The pane to resize so that only the border after `touched` moves. tmux resizes the nearest cell around a pane that has
 * neighbours on that axis, by moving the border after it, or the one before it for the last neighbour: for the last pane of a
 * nested split, that is not the intended border. Undefined if no pane's size moves it.
 */
export function moverOf(panes: readonly Pane[], touched: Pane, axis: Axis): Mover | undefined {
  // A pane at the window's edge is the first or the last of its neighbours, however the window came to be divided: of
  // panes in a grid nobody can tell rows of columns from columns of rows.
  const [start, end] = span(touched, axis);
  if (start === 0 && panes.some((pane) => isBehind(pane, touched, axis))) return { pane: touched, direction: 1 };
  const edge = Math.max(...panes.map((pane) => span(pane, axis)[1]));
  const last = panes.find((pane) => span(pane, axis)[1] === edge && isBehind(pane, touched, axis));
  if (last !== undefined) return { pane: last, direction: -1 };
  return end === edge ? undefined : movers(divided(panes), touched, axis)[0];
}

/** Whether a pane is on the other side of the border behind `touched`. */
function isBehind(pane: Pane, touched: Pane, axis: Axis): boolean {
  const [from, to] = span(pane, other(axis));
  const [start, end] = span(touched, other(axis));
  return span(pane, axis)[0] === span(touched, axis)[1] + 1 && from < end && start < to;
}

/** What may be resized for the border behind `touched`, the pane itself first. */
function movers(cell: Cell | undefined, touched: Pane, axis: Axis): Mover[] {
  if (cell === undefined || 'pane' in cell) return [];
  const at = cell.cells.findIndex((inner) => panesOf(inner).includes(touched));
  const [inner, next] = [cell.cells[at], cell.cells[at + 1]];
  if (inner === undefined) return [];
  const [, end] = span(touched, axis);
  const here = cell.axis === axis && panesOf(inner).every((pane) => span(pane, axis)[1] <= end);
  if (!here || next === undefined) return movers(inner, touched, axis);
  const along = whole(inner).map((pane): Mover => ({ pane, direction: 1 }));
  const against = at + 2 === cell.cells.length ? whole(next).map((pane): Mover => ({ pane, direction: -1 })) : [];
  return [...along.filter(({ pane }) => pane === touched), ...along.filter(({ pane }) => pane !== touched), ...against];
}

/** Panes that are as large as the cell on its axis: no split of that axis is between them and it. */
function whole(cell: Cell): Pane[] {
  if ('pane' in cell) return [cell.pane];
  return cell.cells.flatMap((inner) => ('pane' in inner ? [inner.pane] : []));
}

function panesOf(cell: Cell): Pane[] {
  return 'pane' in cell ? [cell.pane] : cell.cells.flatMap(panesOf);
}

/** Divides panes along a line that goes all the way through; undefined if there is no such line. */
function divided(panes: readonly Pane[]): Cell | undefined {
  const [only] = panes;
  if (panes.length === 1 && only !== undefined) return { pane: only };
  for (const axis of ['x', 'y'] as const) {
    const groups = grouped(panes, axis);
    if (groups.length < 2) continue;
    const cells = groups.map((group) => divided(group));
    return cells.every((cell) => cell !== undefined) ? { axis, cells } : undefined;
  }
  return undefined;
}

/** Panes by the lines that go through between them, in order. */
function grouped(panes: readonly Pane[], axis: Axis): Pane[][] {
  const groups: Pane[][] = [];
  let reached = -1;
  for (const pane of [...panes].sort((a, b) => span(a, axis)[0] - span(b, axis)[0])) {
    const [start, end] = span(pane, axis);
    if (start > reached) groups.push([pane]);
    else groups.at(-1)?.push(pane);
    reached = Math.max(reached, end);
  }
  return groups;
}
