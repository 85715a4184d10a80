import type { CopyLines } from './copy-lines.js';

export type KeyMode = 'vi' | 'emacs';
/** Where a jump to a character ends: on it, or before it. */
export interface Jump {
  readonly char: string;
  readonly back: boolean;
  readonly before: boolean;
}

/** One end of a selection; the other one is the cursor. */
export interface Anchor {
  x: number;
  /** Counted from the oldest line of the history. */
  line: number;
}

/**
 * The cursor of copy mode, how far it is scrolled back, and the selection that it draws: every motion is that of tmux 2.2,
 * including how it remembers columns and behaves at the ends of lines.
 */
export class CopyCursor {
  x = 0;
  /** Row of the view. */
  y = 0;
  /** Lines scrolled back. */
  back = 0;
  anchor: Anchor | undefined;
  rectangle = false;
  /** Whole lines are selected, and at which end of them the cursor is. */
  #whole: 'no' | 'forward' | 'backward' = 'no';
  #lastX = 0;
  #lastLength = 0;

  constructor(
    public lines: CopyLines,
    private readonly manner: KeyMode,
  ) {}

  /** The cursor's line, counted from the oldest. */
  get line(): number {
    return this.lines.history + this.y - this.back;
  }

  /** The text has a new size: positions that no longer exist are dropped. */
  rebase(lines: CopyLines, top: number): void {
    this.lines = lines;
    this.back = Math.min(Math.max(0, lines.history - top), lines.history);
    this.y = Math.min(this.y, lines.rows - 1);
    this.x = Math.min(this.x, lines.cols);
    this.clear();
  }

  up(scrollOnly = false): void {
    this.#remember();
    if (this.#whole === 'forward' && this.line === this.anchor?.line) this.otherEnd();
    this.x = this.#lastX;
    if (scrollOnly || this.y === 0) this.scroll(1);
    else this.y--;
    this.#settle();
  }

  down(scrollOnly = false): void {
    this.#remember();
    if (this.#whole === 'backward' && this.line === this.anchor?.line) this.otherEnd();
    this.x = this.#lastX;
    if (scrollOnly || this.y === this.lines.rows - 1) this.scroll(-1);
    else this.y++;
    this.#settle();
  }

  left(): void {
    if (this.x > 0) this.x--;
    else if (this.line > 0) {
      this.up();
      this.end();
    }
  }

  right(): void {
    const length = this.#selectsRectangle ? this.lines.cols : this.lines.length(this.line);
    if (this.x < length) this.x++;
    else if (this.line < this.lines.last) {
      this.start();
      this.down();
    }
  }

  /** Turns pages: by the view's height but two lines. */
  page(direction: 1 | -1): void {
    if (this.#whole === (direction > 0 ? 'forward' : 'backward') && this.line === this.anchor?.line) this.otherEnd();
    this.#remember();
    this.x = this.#lastX;
    this.scroll(direction * Math.max(1, this.lines.rows > 2 ? this.lines.rows - 2 : 1));
    this.#keepInLine();
  }

  /** Moves the view by that many lines; back into the history if positive. */
  scroll(lines: number): void {
    this.back = Math.min(Math.max(0, this.back + lines), this.lines.history);
  }

  /** To the beginning of the line, and from there to that of the lines that wrapped into it. */
  start(): void {
    if (this.x === 0 && this.#whole === 'no') while (this.line > 0 && this.lines.wrapped(this.line - 1)) this.up();
    this.x = 0;
  }

  end(): void {
    const length = this.lines.length(this.line);
    if (this.x !== length || this.#whole !== 'no') {
      this.x = length;
      return;
    }
    this.x = this.#selectsRectangle ? this.lines.cols : length;
    if (!this.lines.wrapped(this.line)) return;
    while (this.line < this.lines.last && this.lines.wrapped(this.line)) this.down();
    this.x = this.lines.length(this.line);
  }

  indentation(): void {
    const length = this.lines.length(this.line);
    let x = 0;
    while (x < length && this.lines.cell(x, this.line) === ' ') x++;
    this.x = x;
  }

  /** To a row of the view, at its first column. */
  row(y: number): void {
    this.x = 0;
    this.y = y;
  }

  /** To a cell of the view, which may be beyond the end of its line. */
  point(x: number, y: number): void {
    this.x = x;
    this.y = y;
  }

  /** Shows a line that a search found, with some of what is before it. */
  show(x: number, line: number): void {
    const { rows, history } = this.lines;
    const gap = Math.floor(rows / 4);
    const top = line < rows ? 0 : line > history + rows - gap ? history : line + gap - rows;
    this.x = x;
    this.y = line - top;
    this.back = history - top;
  }

  select(): void {
    this.#whole = 'no';
    this.anchor = { x: this.x, line: this.line };
  }

  /** Selects to the end of the line, or of that many lines after it. */
  selectLines(count: number, from: 'start' | 'cursor', whole: boolean): void {
    if (whole) {
      this.#whole = 'forward';
      this.rectangle = false;
    }
    if (from === 'start') this.start();
    this.anchor = { x: this.x, line: this.line };
    for (let n = 1; n < count; n++) this.down();
    this.end();
  }

  clear(): void {
    this.anchor = undefined;
    this.#whole = 'no';
    this.x = Math.min(this.x, this.lines.length(this.line));
  }

  toggleRectangle(): void {
    this.#whole = 'no';
    this.rectangle = !this.rectangle;
    this.x = Math.min(this.x, this.lines.length(this.line));
  }

  otherEnd(): void {
    const { anchor } = this;
    if (anchor === undefined) return;
    if (this.#whole !== 'no') this.#whole = this.#whole === 'forward' ? 'backward' : 'forward';
    this.anchor = { x: this.x, line: this.line };
    this.x = anchor.x;
    const { history, rows } = this.lines;
    const top = history - this.back;
    if (anchor.line < top) {
      this.back = history - anchor.line;
      this.y = 0;
    } else if (anchor.line > top + rows - 1) {
      this.back = history - anchor.line + rows - 1;
      this.y = rows - 1;
    } else this.y = anchor.line - top;
  }

  nextWord(separators: string): void {
    this.#walk(this.x, separators, [false, true], () => 0);
  }

  nextWordEnd(separators: string): void {
    const vi = this.manner === 'vi';
    const x = vi && !this.#separates(this.x, separators) ? this.x + 1 : this.x;
    this.#walk(x, separators, [true, false], (at) => (vi && at !== 0 ? 1 : 0));
  }

  previousWord(separators: string): void {
    let { x } = this;
    for (;;) {
      if (x > 0) {
        x--;
        if (!this.#separates(x, separators)) break;
      } else {
        if (this.line === 0) break;
        this.up();
        x = this.lines.length(this.line);
      }
    }
    while (x > 0 && !this.#separates(x - 1, separators)) x--;
    this.x = x;
  }

  /** To a character of the line; `again` if the last jump led here. */
  jump({ char, back, before }: Jump, again = false): void {
    const step = back ? -1 : 1;
    const length = this.lines.length(this.line);
    for (let x = this.x + step * (before && again ? 2 : 1); x >= 0 && x < length; x += step) {
      if (this.lines.cell(x, this.line) !== char) continue;
      this.x = before ? x - step : x;
      return;
    }
  }

  get #selectsRectangle(): boolean {
    return this.anchor !== undefined && this.rectangle;
  }

  /** The column is kept over shorter lines; at the end of a line it is every line's end. */
  #remember(): void {
    const length = this.lines.length(this.line);
    if (this.x === length) return;
    this.#lastX = this.x;
    this.#lastLength = length;
  }

  #settle(): void {
    this.#keepInLine();
    if (this.#whole === 'forward') this.end();
    else if (this.#whole === 'backward') this.start();
  }

  #keepInLine(): void {
    if (this.#selectsRectangle) return;
    const length = this.lines.length(this.line);
    if ((this.x >= this.#lastLength && this.x !== length) || this.x > length) this.x = length;
  }

  /** Passes words (false) and what separates them (true), in that order; over the ends of lines. */
  #walk(from: number, separators: string, order: readonly boolean[], less: (x: number) => number): void {
    let x = from;
    for (const separating of order) {
      while (x > this.lines.length(this.line) || this.#separates(x, separators) === separating) {
        if (x <= this.lines.length(this.line)) {
          x++;
          continue;
        }
        if (this.line === this.lines.last) return;
        this.down();
        x = 0;
      }
    }
    this.x = x - less(x);
  }

  #separates(x: number, separators: string): boolean {
    const cell = this.lines.cell(x, this.line);
    return cell.length === 1 && separators.includes(cell);
  }
}
