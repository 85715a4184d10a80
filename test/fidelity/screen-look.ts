import { TERMINAL_MODES, type OuterTmux } from '#testing';
import { parseCells, type Cell } from './cell.js';
import { TerminalRecord } from './terminal-record.js';

/** All that a person at a terminal sees of it, and what it was told to report. */
export interface ScreenLook {
  readonly cols: number;
  readonly rows: number;
  /** A list of cells a row, blanks at the end left out. */
  readonly cells: readonly (readonly Cell[])[];
  readonly cursor: { readonly x: number; readonly y: number; readonly visible: boolean; readonly shape: number };
  /** By tmux's names of them. */
  readonly modes: Readonly<Record<string, string>>;
  readonly title: string;
  /** Whether it was asked to report its focus. */
  readonly focusEvents: boolean;
  /** Bells since it began. */
  readonly bells: number;
}

const PLACES = ['pane_width', 'pane_height', 'cursor_x', 'cursor_y', 'cursor_flag'] as const;
// The title comes last: it is the one field that may hold a tab.
const FORMAT = [...PLACES, ...TERMINAL_MODES, 'pane_title'].map((name) => `#{${name}}`).join('\t');

/** Looks at a terminal of the tmux that plays it; it must have been started with `record`. */
export class Observer {
  readonly #record = new TerminalRecord();
  #recorded = 0;
  #last: { readonly out: string; readonly look: ScreenLook } | undefined;

  constructor(readonly terminal: OuterTmux) {}

  /** All of one moment, but for what is read from the bytes. The same object as before if nothing has changed. */
  async look(): Promise<ScreenLook> {
    const out = await this.terminal.tmux('display-message', '-p', FORMAT, ';', 'capture-pane', '-e', '-p', '-N');
    const bytes = this.terminal.recorded(this.#recorded);
    this.#recorded += bytes.length;
    if (bytes.length === 0 && this.#last?.out === out) return this.#last.look;
    this.#record.add(bytes);
    const look = this.#read(out);
    this.#last = { out, look };
    return look;
  }

  #read(out: string): ScreenLook {
    const [head = '', ...lines] = out.replace(/\n$/, '').split('\n');
    const fields = head.split('\t');
    const [cols = 0, rows = 0, x = 0, y = 0, visible = 0] = fields.map(Number);
    while (lines.length < rows) lines.push('');
    return {
      cols,
      rows,
      cells: parseCells(lines),
      cursor: { x, y, visible: visible === 1, shape: this.#record.cursorShape },
      modes: Object.fromEntries(TERMINAL_MODES.map((name, n) => [name, fields[PLACES.length + n] ?? ''])),
      title: fields.slice(PLACES.length + TERMINAL_MODES.length).join('\t'),
      focusEvents: this.#record.modes.get(1004) ?? false,
      bells: this.#record.bells,
    };
  }
}
