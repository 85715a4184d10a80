import type { SnapshotPane } from '#tmate-protocol';
import type { CursorShape } from '../picture.js';
import type { Row } from '../row.js';
import { extraBytes, sizedBytes } from './cost.js';
import { clearHistory } from './erase.js';
import { resetScreen } from './esc.js';
import { readTerminal, writeTerminal } from './freeze.js';
import { Links } from './links.js';
import { isBlank } from './line.js';
import { loadSnapshot } from './load.js';
import { Mode } from './mode-bits.js';
import type { StringEvents } from './osc.js';
import { Parser } from './parser.js';
import { resizeScreen } from './resize.js';
import { Screen } from './screen.js';

/** Size of a terminal in cells (1 to 10,000 a side) and how many lines, up to 50,000, it keeps that scrolled out of view. */
export interface TerminalOptions {
  readonly cols: number;
  readonly rows: number;
  readonly historyLimit: number;
}

/** The modes of a terminal that matter outside of it. */
export interface TerminalModes {
  readonly bracketedPaste: boolean;
  readonly applicationCursor: boolean;
  readonly applicationKeypad: boolean;
  /** This host knows no mode 1003, hence no `any`. */
  readonly mouse: 'off' | 'standard' | 'button' | 'any';
  readonly mouseEncoding: 'x10' | 'utf8' | 'sgr';
  readonly focusEvents: boolean;
  readonly insert: boolean;
  readonly wrap: boolean;
  readonly cursorBlinking: boolean;
  /** The alternate screen is shown. */
  readonly alternate: boolean;
}

/**
 * The terminal of one pane. It holds, cell by cell, what the host's own tmux model holds after the same bytes: the
 * judge of every oddity is the stock tmate client, not a real terminal.
 */
export class Terminal {
  readonly #screen: Screen;
  readonly #parser: Parser;
  readonly #events: StringEvents;

  constructor(options: TerminalOptions) {
    this.#screen = new Screen(options.cols, options.rows, options.historyLimit);
    this.#events = { links: new Links(), onClipboard: undefined };
    this.#parser = new Parser(this.#screen, this.#events);
  }

  /** A terminal as `freeze` left it. Throws a `ShipmateError` of code `protocol` if the bytes are not such. */
  static thaw(frozen: Uint8Array): Terminal {
    const terminal = new Terminal({ cols: 1, rows: 1, historyLimit: 0 });
    readTerminal(frozen, { screen: terminal.#screen, parser: terminal.#parser, links: terminal.#events.links });
    return terminal;
  }

  /**
   * All there is, half-read sequences included, in a compact form of this project's own; of the history the newest lines,
   * up to `historyBytes` of them packed.
   */
  freeze(historyBytes?: number): Uint8Array<ArrayBuffer> {
    const parts = { screen: this.#screen, parser: this.#parser, links: this.#events.links };
    return writeTerminal(parts, historyBytes);
  }

  /** Takes a program's output, split anywhere; done when it returns. */
  write(data: Uint8Array): void {
    this.#parser.parse(data);
  }

  /** Changes the size; sides are clamped to 1 to 10,000. Wrapped lines are wrapped again, but not in the alternate screen. */
  resize(cols: number, rows: number): void {
    const screen = this.#screen;
    if (cols === screen.cols && rows === screen.rows) return;
    resizeScreen(screen, cols, rows, screen.saved === undefined);
  }

  /** As `send-keys -R` does: pens, modes and a sequence half read are forgotten, the screen is cleared. */
  reset(): void {
    this.#parser.reset();
    resetScreen(this.#screen);
  }

  /** As `clear-history` does. */
  clearHistory(): void {
    clearHistory(this.#screen);
  }

  /** Takes over a pane of a SNAPSHOT, which a host sends when it reconnects; the size stays. */
  load(pane: SnapshotPane): void {
    this.#parser.reset();
    loadSnapshot(this.#screen, pane);
  }

  /** Called with what OSC 52 puts into the clipboard, at most 96 KiB. */
  set onClipboard(listener: ((data: Uint8Array, selection: string) => void) | undefined) {
    this.#events.onClipboard = listener;
  }

  /** The window's option `alternate-screen`, on by default. */
  set allowsAlternate(allows: boolean) {
    this.#screen.allowsAlternate = allows;
  }

  get cols(): number {
    return this.#screen.cols;
  }

  get rows(): number {
    return this.#screen.rows;
  }

  /** Column of the cursor, as the host reports it: `cols` after a character in the last column, rarely more. */
  get cursorX(): number {
    return this.#screen.cx;
  }

  get cursorY(): number {
    return this.#screen.cy;
  }

  get cursorVisible(): boolean {
    return (this.#screen.mode & Mode.cursorVisible) !== 0;
  }

  get cursorShape(): CursorShape {
    return this.#screen.cursorShape;
  }

  /** As OSC 12 gave it; empty is the terminal's own. */
  get cursorColour(): string {
    return this.#screen.cursorColour;
  }

  /** As OSC 0 or 2 gave it, without control characters; at first empty (the host begins with its host name). */
  get title(): string {
    return this.#screen.title;
  }

  /** Bells rung so far. */
  get bells(): number {
    return this.#screen.bells;
  }

  get modes(): TerminalModes {
    const { mode, saved } = this.#screen;
    const on = (bit: number) => (mode & bit) !== 0;
    return {
      bracketedPaste: on(Mode.bracketedPaste),
      applicationCursor: on(Mode.applicationCursor),
      applicationKeypad: on(Mode.applicationKeypad),
      mouse: on(Mode.mouseButton) ? 'button' : on(Mode.mouseStandard) ? 'standard' : 'off',
      mouseEncoding: on(Mode.mouseSgr) ? 'sgr' : on(Mode.mouseUtf8) ? 'utf8' : 'x10',
      focusEvents: on(Mode.focusEvents),
      insert: on(Mode.insert),
      wrap: on(Mode.wrap),
      cursorBlinking: on(Mode.cursorBlinking),
      alternate: saved !== undefined,
    };
  }

  /** Bytes that its screens may take by their sizes. */
  get sizedBytes(): number {
    return sizedBytes(this.#screen);
  }

  /** Bytes that it takes beyond those: cells out of sight, combined characters, links, a string half read. Looks at each line. */
  extraBytes(): number {
    return extraBytes(this.#screen) + this.#events.links.bytes + this.#parser.string.bytes.length;
  }

  /** Bytes of the history, packed. */
  get historyBytes(): number {
    return this.#screen.history.bytes;
  }

  /** Drops the older half of the history. */
  halveHistory(): void {
    const { history } = this.#screen;
    history.dropOldest(Math.ceil(history.length / 2));
  }

  /** How many lines the history holds. */
  get historySize(): number {
    return this.#screen.history.length;
  }

  /**
   * The line at `y`: 0 is the first in view, -1 the newest of the history. Rows in view move as they are when the
   * screen scrolls; a history row is unpacked on demand and kept for a while. Undefined if there is no such line.
   */
  line(y: number): Row | undefined {
    const screen = this.#screen;
    if (y >= 0) return screen.line(y);
    const line = screen.history.line(screen.history.length + y);
    if (line !== undefined && line.stamp === 0) line.stamp = ++screen.stamps;
    return line;
  }

  /** How many cells of the line were written, blanks included: where the host's model ends it. */
  lineLength(y: number): number {
    const { history } = this.#screen;
    return (y >= 0 ? this.#screen.line(y) : history.line(history.length + y))?.size ?? 0;
  }

  /**
   * How many columns of the line are in sight and taken, without the blanks at its end. As the host counts, which takes the right
   * half of a wide character for one.
   */
  textLength(y: number): number {
    const row = this.line(y);
    if (row === undefined) return 0;
    let length = Math.min(this.lineLength(y), this.cols);
    while (length > 0 && isBlank(row, length - 1)) length--;
    return length;
  }

  /** Whether a program ever made one (OSC 8). */
  get hasLinks(): boolean {
    return this.#events.links.all.length > 0;
  }

  /** The address of an OSC 8 link, by the number in the cells. */
  link(number: number): string | undefined {
    return this.#events.links.get(number);
  }
}
