import { colourCells, copyCells, sameCells } from '../cells.js';
import type { Picture } from '../picture.js';
import { Row } from '../row.js';
import { planOf, samePlan, type Plan, type Span } from './plan.js';
import { LinkTable } from './link-table.js';
import type { PaneSource, PaneView, WindowView } from './window-view.js';

/** Larger terminals are treated as this size: a picture's memory is bounded, whatever a joiner claims. */
export const MAX_COLS = 2000;
export const MAX_ROWS = 1000;

/** What a picture was made from, so that the next one need look at stamps only. Nothing in it changes once it is there. */
interface Origin {
  readonly view: WindowView;
  readonly plan: Plan;
  /** Of each span, in order of lines: the row and its stamp. */
  readonly rows: readonly (Row | undefined)[];
  readonly stamps: readonly number[];
  /** The lines of the area, before anything was laid over them. */
  readonly area: readonly Row[];
  /** Grows from picture to picture; shared by all that come out of one another. */
  readonly links: LinkTable;
}

const origins = new WeakMap<Picture, Origin>();

/**
 * Draws a window for one terminal: panes, borders, margins, status line, overlay, cursor.
 *
 * Lines that did not change since `previous` are the same objects, even if they moved; if nothing changed, returns `previous`
 * itself. The cost depends on the lines that changed, according to the stamps of their rows. The layout is not checked.
 */
export function composeWindow(given: WindowView, previous?: Picture): Picture {
  const view = withinLimits(given);
  const before = previous === undefined ? undefined : origins.get(previous);
  const past = before !== undefined && samePlan(before.view, view) ? before : undefined;
  const links = before?.links ?? new LinkTable();
  const origin = past === undefined ? freshOrigin(view, previous, links) : nextOrigin(view, past);
  const { plan } = origin;

  const lines = linesOf(view, origin, previous);
  const picture = pictureOf(view, plan, lines, links);
  const result = previous !== undefined && samePicture(previous, picture) ? previous : picture;
  origins.set(result, origin);
  return result;
}

/** Draws every line; those that show the same as `previous` are its objects all the same. */
function freshOrigin(view: WindowView, previous: Picture | undefined, links: LinkTable): Origin {
  const plan = planOf(view);
  const sources = sourcesOf(view, plan);
  const rows: (Row | undefined)[] = [];
  const stamps: number[] = [];
  const area = plan.frames.map((frame, line) => {
    const first = rows.length;
    const spans = plan.spans[line] ?? [];
    for (const span of spans) {
      const row = sources[span.pane]?.line(span.line);
      rows.push(row);
      stamps.push(row?.stamp ?? 0);
    }
    return keptOf(drawLine(plan, frame, spans, rows, first, sources, links), previous?.lines[line + plan.area.top]);
  });
  return { view, plan, rows, stamps, area, links };
}

/** Draws the lines whose rows are others, or have other stamps, than in `past`. */
function nextOrigin(view: WindowView, past: Origin): Origin {
  const { plan } = past;
  const sources = sourcesOf(view, plan);
  const changes = new Changes(past, sources);
  let at = 0;
  for (const [line, spans] of plan.spans.entries()) {
    const first = at;
    let same = true;
    for (const span of spans) {
      const row = sources[span.pane]?.line(span.line);
      const stamp = row?.stamp ?? 0;
      if (past.rows[at] !== row || past.stamps[at] !== stamp) {
        changes.row(at, row, stamp);
        same = false;
      }
      at++;
    }
    if (!same) changes.line(line, first);
  }
  return changes.origin(view);
}

/** An origin that differs from another one here and there: what is shared is copied when the first change comes. */
class Changes {
  #rows: (Row | undefined)[] | undefined;
  #stamps: number[] = [];
  #area: Row[] | undefined;
  /** Lines of one span of the past by the row they were drawn from, and where their stamps are. */
  #places: Map<Row, { line: number; at: number }> | undefined;

  constructor(
    private readonly past: Origin,
    private readonly sources: readonly (PaneSource | undefined)[],
  ) {}

  row(at: number, row: Row | undefined, stamp: number): void {
    if (this.#rows === undefined) {
      this.#rows = [...this.past.rows];
      this.#stamps = [...this.past.stamps];
    }
    this.#rows[at] = row;
    this.#stamps[at] = stamp;
  }

  /** Draws a line whose rows, from index `first` on, changed. */
  line(line: number, first: number): void {
    const { past } = this;
    const { plan } = past;
    const frame = plan.frames[line];
    if (frame === undefined || this.#rows === undefined) return;
    this.#area ??= [...past.area];
    const spans = plan.spans[line] ?? [];
    const moved = spans.length === 1 ? this.#moved(line, this.#rows[first], this.#stamps[first] ?? 0) : undefined;
    this.#area[line] =
      moved ?? keptOf(drawLine(plan, frame, spans, this.#rows, first, this.sources, past.links), past.area[line]);
  }

  origin(view: WindowView): Origin {
    const { past } = this;
    if (this.#rows === undefined) return { ...past, view };
    return { ...past, view, rows: this.#rows, stamps: this.#stamps, area: this.#area ?? past.area };
  }

  /** The line of the past that shows this row, in the same columns of the same frame. */
  #moved(line: number, row: Row | undefined, stamp: number): Row | undefined {
    if (row === undefined) return undefined;
    const { plan, stamps, area } = this.past;
    const old = (this.#places ??= this.#index()).get(row);
    if (old === undefined || stamps[old.at] !== stamp || plan.frames[old.line] !== plan.frames[line]) return undefined;
    const a = plan.spans[old.line]?.[0];
    const b = plan.spans[line]?.[0];
    if (a === undefined || a.from !== b?.from || a.to !== b.to || a.cols !== b.cols) return undefined;
    return area[old.line];
  }

  #index(): Map<Row, { line: number; at: number }> {
    const places = new Map<Row, { line: number; at: number }>();
    let at = 0;
    for (const [line, spans] of this.past.plan.spans.entries()) {
      const row = this.past.rows[at];
      if (spans.length === 1 && row !== undefined) places.set(row, { line, at });
      at += spans.length;
    }
    return places;
  }
}

function keptOf(drawn: Row, old: Row | undefined): Row {
  return old !== undefined && sameCells(old, drawn) ? old : drawn;
}

/** Status line, area and overlay together; the list of `previous` if they are the same objects. */
function linesOf(view: WindowView, origin: Origin, previous: Picture | undefined): readonly Row[] {
  const { top } = origin.plan.area;
  const lines = [...origin.area];
  if (view.statusRow !== undefined) {
    const y = top === 1 ? 0 : view.rows - 1;
    const status = fitted(view.statusRow, view.cols, previous?.lines[y]);
    if (top === 1) lines.unshift(status);
    else lines.push(status);
  }
  for (const { y, row } of view.overlay ?? []) {
    if (y >= 0 && y < view.rows) lines[y] = fitted(row, view.cols, previous?.lines[y]);
  }
  return lines;
}

function withinLimits(view: WindowView): WindowView {
  const cols = Math.max(1, Math.min(MAX_COLS, Math.trunc(view.cols)));
  const rows = Math.max(1, Math.min(MAX_ROWS, Math.trunc(view.rows)));
  return cols === view.cols && rows === view.rows ? view : { ...view, cols, rows };
}

/** The sources of the plan's panes, which may be others than those it was made with. */
function sourcesOf(view: WindowView, plan: Plan): (PaneSource | undefined)[] {
  return plan.panes.map((planned, index) => {
    const indexed = view.panes[index];
    return (indexed?.id === planned.id ? indexed : view.panes.find((pane) => pane.id === planned.id))?.source;
  });
}

function drawLine(
  { panes }: Plan,
  frame: Row,
  spans: readonly Span[],
  rows: readonly (Row | undefined)[],
  first: number,
  sources: readonly (PaneSource | undefined)[],
  links: LinkTable,
): Row {
  if (spans.length === 0) return frame;
  const line = new Row(frame.cols);
  const only = spans[0];
  if (spans.length > 1 || only === undefined || only.cols < frame.cols) line.words.set(frame.words);
  for (const [index, span] of spans.entries()) {
    const row = rows[first + index];
    const source = sources[span.pane];
    const end = span.to + span.cols;
    if (row !== undefined) copyCells(row, span.from, line, span.to, span.cols);
    if (row !== undefined && source?.hasLinks === true) links.renumber(line, span.to, end, (n) => source.link?.(n));
    const colours = panes[span.pane]?.colours;
    if (colours !== undefined) colourCells(line, span.to, end, colours);
  }
  return line;
}

/** `row` cut or filled up to `cols`; `old`, where that shows the same. */
function fitted(row: Row, cols: number, old: Row | undefined): Row {
  if (row === old) return row;
  let line = row;
  if (row.cols !== cols) {
    line = new Row(cols);
    copyCells(row, 0, line, 0, cols);
  }
  return keptOf(line, old);
}

function pictureOf(view: WindowView, plan: Plan, lines: readonly Row[], links: LinkTable): Picture {
  const colour = cursorPane(view, plan)?.source.cursorColour;
  return {
    cols: view.cols,
    rows: view.rows,
    lines,
    cursor: view.cursor ?? cursorOf(view, plan),
    cursorColour: colour ?? '',
    links,
    mouse: view.mouse ?? 'off',
    focusEvents: view.focusEvents ?? false,
    applicationKeypad: view.applicationKeypad ?? false,
    bells: view.bells ?? 0,
    title: view.title ?? '',
  };
}

/** The pane whose cursor is shown: the active one, unless another is zoomed. */
function cursorPane(view: WindowView, plan: Plan): PaneView | undefined {
  const id = plan.zoomed ? plan.panes[0]?.id : view.activePaneId;
  return view.panes.find((pane) => pane.id === id) ?? view.panes[0];
}

/** The active pane's cursor, hidden where the terminal does not show that part of the window. */
function cursorOf(view: WindowView, plan: Plan): Picture['cursor'] {
  const pane = cursorPane(view, plan);
  if (pane === undefined) return { x: 0, y: 0, visible: false, shape: 0 };
  const { source } = pane;
  // Before a pending wrap it is on the border, and in the last column only where the terminal ends. `CUF` takes it further from
  // there, into other panes, because the host counts columns without a sign.
  const beyond = pane.x + source.cursorX - plan.offsetX;
  const x = beyond === view.cols || source.cursorX > pane.cols ? Math.min(beyond, view.cols - 1) : beyond;
  const y = pane.y + Math.min(source.cursorY, pane.rows - 1) - plan.offsetY;
  const { visible, shape } = { visible: source.cursorVisible, shape: source.cursorShape };
  // The active pane of a layout that does not fit need not be drawn: tmux puts its cursor in the corner.
  if (!plan.panes.some(({ id }) => id === pane.id)) return { x: 0, y: 0, visible, shape };
  const seen = x >= 0 && x < view.cols && y >= 0 && y < plan.area.rows;
  return { x: seen ? x : 0, y: seen ? y + plan.area.top : 0, visible: visible && seen, shape };
}

function samePicture(a: Picture, b: Picture): boolean {
  return (
    a.cols === b.cols &&
    a.rows === b.rows &&
    a.cursor.x === b.cursor.x &&
    a.cursor.y === b.cursor.y &&
    a.cursor.visible === b.cursor.visible &&
    a.cursor.shape === b.cursor.shape &&
    (a.cursorColour ?? '') === (b.cursorColour ?? '') &&
    a.mouse === b.mouse &&
    a.focusEvents === b.focusEvents &&
    (a.applicationKeypad ?? false) === (b.applicationKeypad ?? false) &&
    a.bells === b.bells &&
    a.title === b.title &&
    a.lines.every((line, y) => line === b.lines[y])
  );
}
