import { COST_LIMITS, ShipmateError, type Account } from '#kernel';
import { screenBytes } from '#screen';

/** The least that tmux gives a pane, with its border, in columns or lines. */
const LEAST_SIDE = 3;

/** A pane's place, as a layout or a snapshot has it. */
interface Place {
  readonly cols: number;
  readonly rows: number;
  readonly x: number;
  readonly y: number;
}

export interface PlacedWindow {
  readonly index: number;
  readonly panes: readonly Place[];
}

/** A layout as far as it costs something. */
export interface PlacedLayout {
  readonly cols: number;
  readonly rows: number;
  readonly windows: readonly PlacedWindow[];
}

/**
 * Checks that tmux can make this layout, and that a session may have such screens; otherwise throws a `ShipmateError` for the
 * host. Panes are inside their window. In a window that has become too small for them, they keep the smallest sides that tmux
 * allows, side by side, and extend over its edge by no more than that. They do not overlap, except for a zoomed pane, which
 * covers all others.
 */
export function checkLayout({ cols, rows, windows }: PlacedLayout, account: Account): void {
  let bytes = 0;
  for (const { index, panes } of windows) {
    const widest = Math.max(cols, LEAST_SIDE * panes.length);
    const highest = Math.max(rows, LEAST_SIDE * panes.length);
    let cells = 0;
    for (const pane of panes) {
      if (pane.x < 0 || pane.y < 0 || pane.x + pane.cols > widest || pane.y + pane.rows > highest) {
        const place = `${pane.cols} × ${pane.rows} at ${pane.x}, ${pane.y}`;
        throw new ShipmateError('protocol', `a pane of window ${index} (${place}) lies outside of ${cols} × ${rows}`);
      }
      cells += pane.cols * pane.rows;
      bytes += screenBytes(pane.cols, pane.rows);
    }
    if (cells > 2 * widest * highest) throw new ShipmateError('protocol', `panes of window ${index} overlap`);
  }
  if (bytes > COST_LIMITS['session-layout'].most) account.refuse('session-layout');
}
