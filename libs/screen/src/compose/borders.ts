import type { PaneView } from './window-view.js';

/** Bits of a border cell: which of its neighbours are border cells too. */
const LEFT = 8;
const RIGHT = 4;
const UP = 2;
const DOWN = 1;

/** By those bits: the line drawn; none where fewer than two neighbours are of the border, which tmux fills with dots. */
const LINES: readonly (string | undefined)[] = [
  undefined,
  undefined,
  undefined,
  '│',
  undefined,
  '┌',
  '└',
  '├',
  undefined,
  '┐',
  '┘',
  '┤',
  '─',
  '┬',
  '┴',
  '┼',
];
const OUTSIDE = '·';

const NOBODY = 0;
const PANE = 1;
const BORDER = 2;

/** A part of the plane the window lies in: its cell 0,0 is the window's first. */
export interface Extent {
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
}

/** A cell that is not a pane's: what is drawn there, and whether it belongs to the active pane's border. */
export interface BorderCell {
  readonly char: string;
  readonly active: boolean;
}

/**
 * The lines between and around the panes, and the dots beyond the window, by tmux's rules: each cell is what the first
 * pane says that has it inside or on its border; it joins the border cells around it.
 */
export class Borders {
  readonly #extent: Extent;
  readonly #stride: number;
  readonly #cells: Uint8Array;

  constructor(
    extent: Extent,
    private readonly window: { readonly cols: number; readonly rows: number },
    private readonly panes: readonly PaneView[],
    /** Its border has its own colour, even if the pane itself is not drawn. */
    private readonly active: PaneView | undefined,
    /** Panes of the window, drawn or not: with exactly two, their line is shared half and half. */
    private readonly paneCount: number,
  ) {
    // One cell more on each side: a cell's line depends on its neighbours.
    this.#extent = { x: extent.x - 1, y: extent.y - 1, cols: extent.cols + 2, rows: extent.rows + 2 };
    this.#stride = this.#extent.cols;
    this.#cells = new Uint8Array(this.#extent.cols * this.#extent.rows);
    let open = this.#cells.length;
    for (const pane of panes) {
      open -= this.#paint(pane);
      if (open === 0) break;
    }
  }

  /** What to draw at a cell of the window's plane; undefined where a pane, or nobody inside the window, has it. */
  at(x: number, y: number): BorderCell | undefined {
    const beyond = x > this.window.cols || y > this.window.rows;
    const owner = beyond ? undefined : this.panes.find((pane) => touches(pane, x, y));
    if (owner === undefined) return { char: OUTSIDE, active: this.#isActive(x, y, undefined) };
    if (!this.#isBorder(x, y)) return undefined;
    let around = 0;
    if (x === 0 || this.#isBorder(x - 1, y)) around |= LEFT;
    if (this.#isBorder(x + 1, y)) around |= RIGHT;
    if (y === 0 || this.#isBorder(x, y - 1)) around |= UP;
    if (this.#isBorder(x, y + 1)) around |= DOWN;
    const line = LINES[around];
    return { char: line ?? OUTSIDE, active: this.#isActive(x, y, line === undefined ? undefined : owner) };
  }

  #isBorder(x: number, y: number): boolean {
    const column = x - this.#extent.x;
    const line = y - this.#extent.y;
    if (column < 0 || line < 0 || column >= this.#stride || line >= this.#extent.rows) return false;
    return this.#cells[line * this.#stride + column] === BORDER;
  }

  /** Marks what is still nobody's among the cells in and around `pane`; returns how many that were. */
  #paint(pane: PaneView): number {
    const { x: left, y: top, cols, rows } = this.#extent;
    const fromX = Math.max(left, pane.x - 1, 0);
    const toX = Math.min(left + cols - 1, pane.x + pane.cols);
    const fromY = Math.max(top, pane.y - 1, 0);
    const toY = Math.min(top + rows - 1, pane.y + pane.rows);
    let painted = 0;
    for (let y = fromY; y <= toY; y++) {
      const inRows = y >= pane.y && y < pane.y + pane.rows;
      for (let x = fromX; x <= toX; x++) {
        const at = (y - top) * this.#stride + x - left;
        if (this.#cells[at] !== NOBODY) continue;
        this.#cells[at] = inRows && x >= pane.x && x < pane.x + pane.cols ? PANE : BORDER;
        painted++;
      }
    }
    return painted;
  }

  #isActive(x: number, y: number, owner: PaneView | undefined): boolean {
    const { active } = this;
    if (active === undefined || !touches(active, x, y) || inside(active, x, y)) return false;
    if (this.paneCount !== 2 || owner === undefined) return true;
    // One line between two panes: its first half is of the first pane's colour, the second of the second's.
    if (owner.x === 0 && owner.cols === this.window.cols) {
      if (owner.y !== 0) return false;
      return (owner === active) === x <= owner.cols / 2;
    }
    if (owner.y === 0 && owner.rows === this.window.rows) {
      if (owner.x !== 0) return false;
      return (owner === active) === y <= Math.floor(owner.rows / 2);
    }
    return true;
  }
}

/** Whether the cell is inside the pane or on the border around it. */
function touches(pane: PaneView, x: number, y: number): boolean {
  return x >= pane.x - 1 && x <= pane.x + pane.cols && y >= pane.y - 1 && y <= pane.y + pane.rows;
}

function inside(pane: PaneView, x: number, y: number): boolean {
  return x >= pane.x && x < pane.x + pane.cols && y >= pane.y && y < pane.y + pane.rows;
}
