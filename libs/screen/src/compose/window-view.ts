import type { Style } from '#tmux';
import type { CursorShape, Picture } from '../picture.js';
import type { Row } from '../row.js';

/** What a pane shows: its terminal, or the copy mode over it. */
export interface PaneSource {
  /**
   * Line `y` of the visible part, from 0. It may have fewer cells than the pane: the rest is blank. The same object with the
   * same stamp has the same content. Undefined if the source has no such line.
   */
  line(y: number): Row | undefined;
  /** The column may be one beyond the last, as it is before a pending wrap. */
  readonly cursorX: number;
  readonly cursorY: number;
  readonly cursorVisible: boolean;
  readonly cursorShape: CursorShape;
  /** As OSC 12 has it; left out or empty, it is the terminal's own. */
  readonly cursorColour?: string;
  /** Whether any cell may have a link (OSC 8). */
  readonly hasLinks?: boolean;
  /** The address of a link, by the number in the cells. */
  link?(number: number): string | undefined;
}

/** A pane and its place in the window, in cells; borders belong to nobody. */
export interface PaneView {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
  readonly source: PaneSource;
  /** Shown in place of the terminal's own colours; attributes do not count. */
  readonly colours?: Style | undefined;
}

/** All that a terminal of one size shall show. */
export interface WindowView {
  /** The joiner's terminal. */
  readonly cols: number;
  readonly rows: number;
  /** The host's window, without the status line. */
  readonly window: { readonly cols: number; readonly rows: number };
  /** What makes the window smaller than a terminal, if not a smaller client: tmux says so in the margin. */
  readonly limitedBy?: string | undefined;
  /** In the order of the layout. They may overlap: later ones win. One that exceeds the window is not drawn, as in tmux. */
  readonly panes: readonly PaneView[];
  readonly activePaneId: number;
  /** The pane that fills the window. By default, a pane among others that has the window's size. */
  readonly zoomedPaneId?: number | undefined;
  /** Undefined where the status line is off. */
  readonly statusRow: Row | undefined;
  readonly statusPosition: 'top' | 'bottom';
  /** Of `pane-border-style` and `pane-active-border-style`; only the colours count, as in tmux. */
  readonly borderStyle: Style;
  readonly activeBorderStyle: Style;
  /** First column and line of the window that is seen where the terminal is smaller. */
  readonly offsetX?: number;
  readonly offsetY?: number;
  /** Whole lines drawn over everything else, by line of the terminal. */
  readonly overlay?: readonly { readonly y: number; readonly row: Row }[];
  /** In place of the active pane's cursor, in cells of the terminal. */
  readonly cursor?: Picture['cursor'];
  readonly mouse?: Picture['mouse'];
  readonly focusEvents?: boolean;
  readonly applicationKeypad?: boolean;
  readonly bells?: number;
  readonly title?: string;
}

/** The part of the terminal that shows the window: all of it but the status line. */
export interface Area {
  /** 1 where the status line is at the top. */
  readonly top: number;
  readonly rows: number;
}

export function areaOf(rows: number, status: boolean, position: 'top' | 'bottom'): Area {
  return { top: status && position === 'top' ? 1 : 0, rows: Math.max(0, rows - (status ? 1 : 0)) };
}
