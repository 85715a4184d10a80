import type { Pane } from '../pane.js';
import type { SessionModel } from '../session-model.js';
import type { MouseDrag } from './seat-mouse.js';
import { atBottom, atRight, type Cell } from './mouse-target.js';

/** The least columns and lines of a pane. */
const PANE_MINIMUM = 2;

/** One pane's size in one direction, from where the mouse took its border. */
interface Side {
  readonly pane: Pane;
  readonly flag: '-x' | '-y';
  readonly size: number;
}

/**
 * `resize-pane -M`: the border that the mouse took goes along with it. The host is told the size that its pane shall
 * have, and not by how much to change it: what the joiner sees may be behind what the host has.
 */
export class BorderDrag implements MouseDrag {
  readonly #sides: Side[] = [];
  readonly #sent = new Map<Side, number>();

  constructor(
    model: SessionModel,
    private readonly from: Cell,
    private readonly send: (args: readonly string[]) => void,
  ) {
    const panes = model.windows.current?.panes ?? [];
    const left = panes.find((pane) => atRight(pane, from));
    const above = panes.find((pane) => atBottom(pane, from));
    if (left !== undefined) this.#sides.push({ pane: left, flag: '-x', size: left.rect.cols });
    if (above !== undefined) this.#sides.push({ pane: above, flag: '-y', size: above.rect.rows });
  }

  moved({ x, y }: Cell): void {
    for (const side of this.#sides) {
      const by = side.flag === '-x' ? x - this.from.x : y - this.from.y;
      const size = Math.max(PANE_MINIMUM, side.size + by);
      if (size === (this.#sent.get(side) ?? side.size)) continue;
      this.#sent.set(side, size);
      this.send(['resize-pane', side.flag, String(size), '-t', `%${side.pane.id}`]);
    }
  }
}
