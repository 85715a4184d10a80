import type { Pane } from '../../model/pane.js';
import type { SessionModel } from '../../model/session-model.js';
import type { MouseDrag } from './seat-mouse.js';
import { atBottom, atRight, type Cell } from './mouse-target.js';
import { moverOf, type Axis } from './splits.js';

/** The least columns and lines of a pane. */
const PANE_MINIMUM = 2;

/** A pane whose size moves the border, as it was when the mouse took that. */
interface Side {
  readonly pane: Pane;
  readonly axis: Axis;
  readonly size: number;
  readonly direction: 1 | -1;
}

/**
 * `resize-pane -M`: the border under the mouse moves with it, or both borders where two cross. The host gets the new size of a
 * pane next to it, not the change in size, because the joiner's screen may be older than the host's.
 */
export class BorderDrag implements MouseDrag {
  readonly #sides = new Map<string, Side>();
  readonly #sent = new Map<Side, number>();

  constructor(
    model: SessionModel,
    private readonly from: Cell,
    private readonly send: (args: readonly string[]) => void,
  ) {
    const panes = model.windows.current?.panes ?? [];
    for (const pane of panes) {
      if (atRight(pane, from)) this.#take(panes, pane, 'x');
      if (atBottom(pane, from)) this.#take(panes, pane, 'y');
    }
  }

  moved({ x, y }: Cell): void {
    for (const side of this.#sides.values()) {
      const by = side.axis === 'x' ? x - this.from.x : y - this.from.y;
      const size = Math.max(PANE_MINIMUM, side.size + side.direction * by);
      if (size === (this.#sent.get(side) ?? side.size)) continue;
      this.#sent.set(side, size);
      this.send(['resize-pane', `-${side.axis}`, String(size), '-t', `%${side.pane.id}`]);
    }
  }

  #take(panes: readonly Pane[], touched: Pane, axis: Axis): void {
    const mover = moverOf(panes, touched, axis);
    if (mover === undefined) return;
    const { pane, direction } = mover;
    const size = axis === 'x' ? pane.rect.cols : pane.rect.rows;
    this.#sides.set(`${axis} ${pane.id}`, { pane, axis, size, direction });
  }
}
