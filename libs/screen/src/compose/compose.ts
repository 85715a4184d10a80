import { copyCells, sameCells } from '../cells.js';
import type { Picture } from '../picture.js';
import { Row } from '../row.js';
import { planOf, samePlan, type Plan, type Span } from './plan.js';
import type { WindowView } from './window-view.js';

/** Terminals are taken to be no larger: a picture's memory is bounded, whatever a joiner says. */
export const MAX_COLS = 2000;
export const MAX_ROWS = 1000;

/** What a picture was made from, so that the next one need look at stamps only. */
interface Origin {
  readonly view: WindowView;
  readonly plan: Plan;
  /** Of each span, in order of lines: the row and its stamp. */
  readonly rows: readonly (Row | undefined)[];
  readonly stamps: readonly number[];
}

const origins = new WeakMap<Picture, Origin>();
const EMPTY = new Row(0);

/**
 * Draws a window for one terminal: panes, borders, margins, status line, overlay, cursor.
 *
 * Lines that did not change since `previous` are the same objects, also when they moved; `previous` itself is answered
 * where nothing did. The cost is that of the lines that changed, by the stamps of their rows. What the layout says is
 * taken as it comes: what overlaps or is outside is cut.
 */
export function composeWindow(given: WindowView, previous?: Picture): Picture {
  const view = withinLimits(given);
  const before = previous === undefined ? undefined : origins.get(previous);
  const plan = before !== undefined && samePlan(before.view, view) ? before.plan : planOf(view);
  const past = before?.plan === plan && previous !== undefined ? { picture: previous, origin: before } : undefined;

  const rows: (Row | undefined)[] = [];
  const stamps: number[] = [];
  const lines: Row[] = [];
  const mover = new MovedLines(plan, past?.picture, past?.origin);
  let at = 0;
  const draw = (line: number): Row => {
    const spans = plan.spans[line] ?? [];
    const frame = plan.frames[line] ?? EMPTY;
    const first = at;
    let same = past !== undefined;
    for (const span of spans) {
      const row = sourceRow(view, plan, span);
      rows.push(row);
      stamps.push(row?.stamp ?? 0);
      same &&= past?.origin.rows[at] === row && past?.origin.stamps[at] === stamps[at];
      at++;
    }
    const old = past?.picture.lines[line + plan.area.top];
    // A line of the status or an overlay stands in its place now and then: only what was drawn from the panes is kept.
    if (same && old !== undefined && !overlaid(past?.origin.view, line + plan.area.top)) return old;
    const moved = spans.length === 1 ? mover.find(line, rows[first]) : undefined;
    if (moved !== undefined) return moved;
    const drawn = spans.length === 0 ? frame : drawLine(frame, spans, rows, first);
    return old !== undefined && sameCells(old, drawn) ? old : drawn;
  };
  const status = statusOf(view, previous);
  if (plan.area.top === 1 && status !== undefined) lines.push(status);
  for (let line = 0; line < plan.area.rows; line++) lines.push(draw(line));
  if (plan.area.top === 0 && status !== undefined) lines.push(status);
  for (const { y, row } of view.overlay ?? []) {
    if (y >= 0 && y < view.rows) lines[y] = fitted(row, view.cols, previous?.lines[y]);
  }

  const picture = pictureOf(view, plan, lines);
  const result = previous !== undefined && samePicture(previous, picture) ? previous : picture;
  origins.set(result, { view, plan, rows, stamps });
  return result;
}

function withinLimits(view: WindowView): WindowView {
  const cols = Math.max(1, Math.min(MAX_COLS, Math.trunc(view.cols)));
  const rows = Math.max(1, Math.min(MAX_ROWS, Math.trunc(view.rows)));
  return cols === view.cols && rows === view.rows ? view : { ...view, cols, rows };
}

function overlaid(view: WindowView | undefined, y: number): boolean {
  return view?.overlay?.some((line) => line.y === y) ?? false;
}

function sourceRow(view: WindowView, plan: Plan, span: Span): Row | undefined {
  const planned = plan.panes[span.pane];
  if (planned === undefined) return undefined;
  // The plan may be of an earlier view: its places stand, its sources may not.
  const indexed = view.panes[span.pane];
  const pane = indexed?.id === planned.id ? indexed : view.panes.find((other) => other.id === planned.id);
  return pane?.source.line(span.line);
}

/** Finds lines of the picture before that stand somewhere else now: of one span each, over the same frame. */
class MovedLines {
  #byRow: Map<Row, number> | undefined;
  readonly #spanAt: number[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly picture: Picture | undefined,
    private readonly origin: Origin | undefined,
  ) {}

  find(line: number, row: Row | undefined): Row | undefined {
    if (row === undefined || this.origin === undefined || this.picture === undefined) return undefined;
    const old = (this.#byRow ??= this.#index(this.origin)).get(row);
    if (old === undefined || this.origin.stamps[this.#spanAt[old] ?? -1] !== row.stamp) return undefined;
    if (this.plan.frames[old] !== this.plan.frames[line]) return undefined;
    const a = this.plan.spans[old]?.[0];
    const b = this.plan.spans[line]?.[0];
    if (a === undefined || a.from !== b?.from || a.to !== b.to || a.cols !== b.cols) return undefined;
    const y = old + this.plan.area.top;
    return overlaid(this.origin.view, y) ? undefined : this.picture.lines[y];
  }

  #index(origin: Origin): Map<Row, number> {
    const byRow = new Map<Row, number>();
    let at = 0;
    for (const [line, spans] of this.plan.spans.entries()) {
      this.#spanAt.push(at);
      const row = origin.rows[at];
      if (spans.length === 1 && row !== undefined) byRow.set(row, line);
      at += spans.length;
    }
    return byRow;
  }
}

function drawLine(frame: Row, spans: readonly Span[], rows: readonly (Row | undefined)[], first: number): Row {
  const line = new Row(frame.cols);
  const only = spans[0];
  if (spans.length > 1 || only === undefined || only.cols < frame.cols) line.words.set(frame.words);
  for (const [index, span] of spans.entries()) {
    const row = rows[first + index];
    if (row !== undefined) copyCells(row, span.from, line, span.to, span.cols);
  }
  return line;
}

function statusOf(view: WindowView, previous: Picture | undefined): Row | undefined {
  if (view.statusRow === undefined) return undefined;
  const y = view.statusPosition === 'top' ? 0 : view.rows - 1;
  return fitted(view.statusRow, view.cols, previous?.lines[y]);
}

/** `row` cut or filled up to `cols`; `old`, where that shows the same. */
function fitted(row: Row, cols: number, old: Row | undefined): Row {
  if (row === old) return row;
  let line = row;
  if (row.cols !== cols) {
    line = new Row(cols);
    copyCells(row, 0, line, 0, cols);
  }
  return old !== undefined && sameCells(old, line) ? old : line;
}

function pictureOf(view: WindowView, plan: Plan, lines: readonly Row[]): Picture {
  return {
    cols: view.cols,
    rows: view.rows,
    lines,
    cursor: view.cursor ?? cursorOf(view, plan),
    mouse: view.mouse ?? 'off',
    focusEvents: view.focusEvents ?? false,
    applicationKeypad: view.applicationKeypad ?? false,
    bells: view.bells ?? 0,
    title: view.title ?? '',
  };
}

/** The active pane's cursor, hidden where it is out of sight. */
function cursorOf(view: WindowView, plan: Plan): Picture['cursor'] {
  const index = plan.panes.findIndex((pane) => pane.id === view.activePaneId);
  const planned = plan.panes[index === -1 ? 0 : index];
  const pane = view.panes.find((other) => other.id === planned?.id);
  if (pane === undefined) return { x: 0, y: 0, visible: false, shape: 0 };
  const { source } = pane;
  const x = pane.x + Math.min(source.cursorX, pane.cols - 1) - plan.offsetX;
  const y = pane.y + Math.min(source.cursorY, pane.rows - 1) - plan.offsetY;
  const seen = x >= 0 && x < view.cols && y >= 0 && y < plan.area.rows;
  return {
    x: seen ? x : 0,
    y: seen ? y + plan.area.top : 0,
    visible: source.cursorVisible && seen,
    shape: source.cursorShape,
  };
}

function samePicture(a: Picture, b: Picture): boolean {
  return (
    a.cols === b.cols &&
    a.rows === b.rows &&
    a.cursor.x === b.cursor.x &&
    a.cursor.y === b.cursor.y &&
    a.cursor.visible === b.cursor.visible &&
    a.cursor.shape === b.cursor.shape &&
    a.mouse === b.mouse &&
    a.focusEvents === b.focusEvents &&
    (a.applicationKeypad ?? false) === (b.applicationKeypad ?? false) &&
    a.bells === b.bells &&
    a.title === b.title &&
    a.lines.every((line, y) => line === b.lines[y])
  );
}
