/**
 * What SYNC_LAYOUT says: all windows and panes of the session, whole, whenever any of it changes.
 *
 * The decoder has checked sizes and counts. What they mean together is the session's to judge: ids that occur twice,
 * panes that overlap or reach over the window's edge (tmux itself does that: a window can be made smaller than its
 * panes' least sizes), an active window that is not in the list.
 */
export interface Layout {
  /** The size of every window, without the status line, in cells. */
  readonly cols: number;
  readonly rows: number;
  readonly windows: readonly LayoutWindow[];
  /** Index of the current window. */
  readonly activeWindow: number;
}

/** One window. While it is zoomed all its panes are listed, and the zoomed one has the window's size. */
export interface LayoutWindow {
  /** Its number in the status line: unique, not always in sequence. */
  readonly index: number;
  /** Cut after `Limit.nameBytes` bytes. */
  readonly name: string;
  /** Empty for the moment after a window's last pane has ended and before the window has. */
  readonly panes: readonly LayoutPane[];
  /** The active pane's id; -1 while the shell of the active one is exiting, which is not an error. */
  readonly activePane: number;
}

/** One pane's place, in cells, without the borders: the cell between two panes belongs to nobody. */
export interface LayoutPane {
  /** Unique in the session and never used again. */
  readonly paneId: number;
  readonly cols: number;
  readonly rows: number;
  readonly x: number;
  readonly y: number;
}
