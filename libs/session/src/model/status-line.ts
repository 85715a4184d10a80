import type { Clock } from '#kernel';
import { fillCells, Row, statusRow, type StatusHit } from '#screen';
import { expandTimeFormat, formatContext, statusContent } from '#tmux';
import { formatSession, type FormatSource } from './formats.js';

/** Widths of terminals that a drawn line is kept for. */
const MAX_WIDTHS = 8;

/** What a status line says, drawn for a width. */
export interface DrawnStatus {
  readonly row: Row;
  /** Which columns are a window's. */
  readonly hits: readonly StatusHit[];
}

/**
 * A session's status line: both ends as the host sends them, or, while it sends none, as its options make them; the list
 * of windows from the layout; and the title of joiners' terminals, which says the same kind of things. Drawn once a width,
 * until something changes.
 */
export class StatusLine {
  #left: string | undefined;
  #right: string | undefined;
  readonly #drawn = new Map<number, DrawnStatus>();
  #title: { readonly pane: string; readonly text: string } | undefined;

  constructor(
    private readonly model: FormatSource,
    private readonly clock: Clock,
  ) {}

  /** Whether the host sent both ends: if not, we draw a clock in them. */
  get isHosts(): boolean {
    return this.#left !== undefined;
  }

  /** What the host sent, if it sent any. */
  get ends(): { readonly left: string; readonly right: string } | undefined {
    return this.#left === undefined ? undefined : { left: this.#left, right: this.#right ?? '' };
  }

  /** Takes over what the host sent. */
  fromHost(left: string, right: string): void {
    this.#left = left;
    this.#right = right;
    this.touch();
  }

  /** Options, windows or the time changed. */
  touch(): void {
    this.#drawn.clear();
    this.#title = undefined;
  }

  /** What `set-titles-string` makes of the session while the active pane has this title. */
  title(pane: string): string {
    if (this.#title?.pane !== pane) {
      const session = formatSession(this.model, this.clock.now());
      const template = this.model.mirror.options.text('set-titles-string');
      this.#title = { pane, text: expandTimeFormat(template, formatContext(session), session.now) };
    }
    return this.#title.text;
  }

  /** A line with nothing in it but the colours. */
  blank(cols: number): Row {
    const row = new Row(cols);
    fillCells(row, 0, cols, this.model.mirror.options.style('status-style'));
    return row;
  }

  draw(cols: number): DrawnStatus {
    let drawn = this.#drawn.get(cols);
    if (drawn === undefined) {
      if (this.#drawn.size >= MAX_WIDTHS) this.#drawn.clear();
      const session = formatSession(this.model, this.clock.now());
      drawn = statusRow(statusContent({ ...session, left: this.#left, right: this.#right }), cols);
      this.#drawn.set(cols, drawn);
    }
    return drawn;
  }
}
