import { appendCells, Line } from './line.js';
import { History } from './history.js';
import { newLine, touch, type Screen } from './screen.js';

/** A narrow screen makes many lines of few; beyond this many the oldest are dropped, as soon as there are twice as many. */
const MAX_LINES = 60_000;

/**
 * Wraps all lines to the screen's width: joins what was wrapped, splits what is too long. Cells are counted, not
 * characters: a wide one may be torn apart. Then the last lines are in view and the cursor is where it was, or as many
 * lines higher as the screen has become emptier.
 */
export function reflow(screen: Screen): void {
  const { cols, rows } = screen;
  const wrapper = new Wrapper(cols);
  if (needsWrapping(screen.history, cols)) {
    for (const line of screen.history.all()) wrapper.add(line);
    screen.history = new History();
  }
  for (const line of screen.view) wrapper.add(line);
  const lines = wrapper.lines.length > MAX_LINES ? wrapper.lines.slice(-MAX_LINES) : wrapper.lines;
  const excess = Math.max(0, lines.length - rows);
  for (let i = 0; i < excess; i++) screen.history.push(lines[i] ?? new Line());
  const view = lines.slice(excess);
  while (view.length < rows) {
    const line = screen.history.pop();
    if (line === undefined) break;
    view.unshift(line);
  }
  const missing = rows - view.length;
  for (let i = 0; i < missing; i++) view.push(newLine(screen));
  for (const line of view) if (line.stamp === 0) touch(screen, line);
  screen.view = view;
  screen.cy = Math.max(0, screen.cy - missing);
  screen.keepsHistory = true;
}

/** Whether any line of the history changes: if none does, it need not be unpacked. */
function needsWrapping(history: History, cols: number): boolean {
  return history.some((size, wrapped) => wrapped || size > cols);
}

class Wrapper {
  readonly lines: Line[] = [];
  /** The previous line continues in the next one. */
  #open = false;

  constructor(private readonly cols: number) {}

  add(line: Line): void {
    const open = line.wrapped;
    if (this.#open) this.#join(line);
    else if (line.size > this.cols) this.#split(line, 0);
    else {
      line.wrapped = false;
      this.lines.push(line);
    }
    this.#open = open;
    if (this.lines.length > 2 * MAX_LINES) this.lines.splice(0, this.lines.length - MAX_LINES);
  }

  /** Fills the last line up with `line`; what does not fit makes new ones. */
  #join(line: Line): void {
    const last = this.lines.at(-1);
    if (last === undefined) return;
    const count = Math.min(line.size, this.cols - last.size);
    appendCells(last, line, 0, count, this.cols);
    last.stamp = 0;
    if (count === line.size) return;
    last.wrapped = true;
    this.#split(line, count);
  }

  #split(line: Line, from: number): void {
    for (let at = from; at < line.size; at += this.cols) {
      const part = new Line();
      const count = Math.min(this.cols, line.size - at);
      appendCells(part, line, at, count, this.cols);
      part.wrapped = at + count < line.size;
      this.lines.push(part);
    }
  }
}
