import { clearLinks, copyCells, Row, type Picture } from '#screen';
import type { KeyCode } from '#tmate-protocol';
import type { Cell } from '../mouse/mouse-target.js';
import type { SeatMode } from '../seat-mode.js';
import type { SessionModel } from '../../model/session-model.js';

/** What a seat shows in place of a pane's own content. */
export interface PaneContent {
  /** Grows with every change of what is drawn. */
  readonly version: number;
  /** Undefined if no cursor is shown. */
  readonly cursor: Cell | undefined;
  /** The pane's size, given before anything is drawn and whenever it changes. */
  resize(cols: number, rows: number): void;
  /** Line `y`, from 0; cells that it lacks are blank. */
  line(y: number): Row;
  /** Takes a key, with the cell under the mouse for mouse keys; returns whether the mode is finished. */
  key(key: KeyCode, at?: Cell): boolean;
  dispose?(): void;
}

/** What is drawn from the first column and line of a pane on, in cells of the terminal; some may be out of sight. */
export interface PanePlace {
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
  /** Lines of the terminal that show the window: from `top` up to but not including `bottom`. */
  readonly top: number;
  readonly bottom: number;
}

/** Where a pane is on a terminal of that size; undefined if it is not visible. */
export function placeOfPane(model: SessionModel, paneId: number, cols: number, rows: number): PanePlace | undefined {
  const { current } = model.windows;
  const pane = current?.panes.find(({ id }) => id === paneId);
  if (current === undefined || pane === undefined) return undefined;
  if (!model.windows.isShown(current, pane)) return undefined;
  const { top, visibleRows, offsetX, offsetY } = model.display.placement(cols, rows);
  const { rect } = pane;
  return {
    x: rect.x - offsetX,
    y: rect.y - offsetY + top,
    cols: rect.cols,
    rows: rect.rows,
    top,
    bottom: top + visibleRows,
  };
}

/** A list, a text or a clock in one pane, for one seat only; the pane's program continues behind it. */
export class PaneMode implements SeatMode {
  #size: { cols: number; rows: number } | undefined;
  #drawn: { base: Picture; version: number; picture: Picture } | undefined;

  constructor(
    private readonly model: () => SessionModel,
    readonly paneId: number,
    private readonly content: PaneContent,
  ) {}

  /** Whether the mode gets the keys: its pane is the active one. */
  get active(): boolean {
    return this.model().windows.current?.active?.id === this.paneId;
  }

  key(key: KeyCode, at?: Cell): boolean {
    return this.content.key(key, at);
  }

  draw(base: Picture): Picture {
    const place = placeOfPane(this.model(), this.paneId, base.cols, base.rows);
    if (place === undefined) return base;
    if (this.#size?.cols !== place.cols || this.#size.rows !== place.rows) {
      this.#size = { cols: place.cols, rows: place.rows };
      this.content.resize(place.cols, place.rows);
    }
    const { version } = this.content;
    if (this.#drawn?.base === base && this.#drawn.version === version) return this.#drawn.picture;
    const picture = this.#over(base, place);
    this.#drawn = { base, version, picture };
    return picture;
  }

  dispose(): void {
    this.content.dispose?.();
  }

  #over(base: Picture, place: PanePlace): Picture {
    const lines = [...base.lines];
    for (let y = 0; y < place.rows; y++) {
      const at = place.y + y;
      const under = lines[at];
      if (at < place.top || at >= place.bottom || under === undefined) continue;
      const row = new Row(base.cols);
      copyCells(under, 0, row, 0, base.cols);
      const blank = new Row(place.cols);
      copyCells(this.content.line(y), 0, blank, 0, place.cols);
      // Their numbers are the content's own.
      clearLinks(blank);
      const hidden = Math.max(0, -place.x);
      copyCells(blank, hidden, row, place.x + hidden, place.cols - hidden);
      lines[at] = row;
    }
    return { ...base, lines, cursor: this.active ? cursorAt(this.content.cursor, place, base) : base.cursor };
  }
}

function cursorAt(cell: Cell | undefined, place: PanePlace, { cols }: Picture): Picture['cursor'] {
  const x = place.x + (cell?.x ?? 0);
  const y = place.y + (cell?.y ?? 0);
  const inside = x >= 0 && x < cols && y >= place.top && y < place.bottom;
  return { x: inside ? x : 0, y: inside ? y : 0, visible: inside && cell !== undefined, shape: 0 };
}
