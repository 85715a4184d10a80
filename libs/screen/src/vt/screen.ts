import { DEFAULT_COLOUR, type Colour } from '#tmux';
import type { CursorShape } from '../picture.js';
import { History } from './history.js';
import { Line } from './line.js';
import { INITIAL_MODE } from './mode-bits.js';

/** No history has more lines, whatever the host's `history-limit` says. */
export const MAX_HISTORY_LINES = 50_000;
/** No side of a screen is longer. */
export const MAX_SIDE = 10_000;

/** How what is written next looks. */
export interface Pen {
  attr: number;
  fg: Colour;
  bg: Colour;
}

/** A pen and the character sets: what a saved cursor keeps besides its position. */
export interface PenState extends Pen {
  /** 0 or 1: whether G0 or G1 is in use. */
  set: number;
  /** Whether G0 and G1 are the line-drawing set. */
  g0: boolean;
  g1: boolean;
}

export const defaultPen = (): PenState => ({
  attr: 0,
  fg: DEFAULT_COLOUR,
  bg: DEFAULT_COLOUR,
  set: 0,
  g0: false,
  g1: false,
});

/** The normal screen while the alternate one is shown: only the visible lines; its history stays where it is. */
export interface SavedScreen {
  readonly lines: Line[];
  readonly cols: number;
  readonly rows: number;
}

/**
 * The state of a pane's screen: cells, cursor, modes. The functions in the files next to it, one for each family of sequences,
 * change it. Where tmux counts in unsigned numbers that a program can make wrap around, this does too: a joiner sees what the
 * host sees, including oddities.
 */
export class Screen {
  cols: number;
  rows: number;
  /** Lines in view, `rows` of them, as a ring: the first one in view is at `#top`, so that a scroll moves none. */
  #ring: Line[];
  #top = 0;
  history: History;
  /** Lines that leave the top are kept: not in the alternate screen. */
  keepsHistory = true;
  /** Column of the cursor; `cols` or more after a character in the last column, until the next one wraps. */
  cx = 0;
  cy = 0;
  /** First and last line of the scroll region. */
  upper = 0;
  lower: number;
  /** Lines of history at most. */
  historyLimit: number;
  /** `Mode` bits. */
  mode: number = INITIAL_MODE;
  /** 1 where a tab stops. */
  tabs: Uint8Array;
  pen = defaultPen();
  /** Of DECSC and SCP. */
  savedPen = defaultPen();
  savedX = 0;
  savedY = 0;
  saved: SavedScreen | undefined;
  /** Where the cursor was when mode 1049 entered the alternate screen; mode 47 neither sets nor uses them. */
  alternateX = 0;
  alternateY = 0;
  alternatePen: Pen = defaultPen();
  /** The window's option `alternate-screen`: off, programs cannot reach the alternate screen. */
  allowsAlternate = true;
  cursorShape: CursorShape = 0;
  cursorColour = '';
  title = '';
  bells = 0;
  /** The link of what is written next, by index; 0 means no link. */
  link = 0;
  /** The last stamp given out. */
  stamps = 0;

  constructor(cols: number, rows: number, historyLimit: number) {
    this.historyLimit = clampHistory(historyLimit);
    this.cols = clampSide(cols);
    this.rows = clampSide(rows);
    this.lower = this.rows - 1;
    this.tabs = defaultTabs(this.cols);
    this.history = new History();
    this.#ring = Array.from({ length: this.rows }, () => newLine(this));
  }

  /** Lines in view, from the top: the array may be changed in place until the next scroll. */
  get view(): Line[] {
    if (this.#top !== 0) {
      this.#ring.push(...this.#ring.splice(0, this.#top));
      this.#top = 0;
    }
    return this.#ring;
  }

  set view(lines: Line[]) {
    this.#ring = lines;
    this.#top = 0;
  }

  /** The line in view at `y`, which must be on the screen. */
  at(y: number): Line {
    const line = this.line(y);
    if (line === undefined) throw new RangeError('no such line');
    return line;
  }

  /** The line in view at `y`; none above or below the screen. */
  line(y: number): Line | undefined {
    const { length } = this.#ring;
    if (y < 0 || y >= length) return undefined;
    const at = this.#top + y;
    return this.#ring[at < length ? at : at - length];
  }

  /** Makes the first line in view the last. */
  rotate(): void {
    this.#top = this.#top + 1 < this.#ring.length ? this.#top + 1 : 0;
  }
}

/** An empty line with a fresh stamp. */
export function newLine(screen: Screen): Line {
  const line = new Line();
  line.stamp = ++screen.stamps;
  return line;
}

/** Marks the line as changed. */
export function touch(screen: Screen, line: Line): void {
  line.stamp = ++screen.stamps;
}

export const clampHistory = (lines: number): number => Math.min(MAX_HISTORY_LINES, Math.max(0, Math.trunc(lines) || 0));

export function clampSide(side: number): number {
  return Number.isFinite(side) ? Math.min(MAX_SIDE, Math.max(1, Math.trunc(side))) : 1;
}

/** Tab stops every eight columns, the first column excepted. */
export function defaultTabs(cols: number): Uint8Array {
  const tabs = new Uint8Array(cols);
  for (let i = 8; i < cols; i += 8) tabs[i] = 1;
  return tabs;
}
