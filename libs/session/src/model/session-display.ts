import { composeWindow, type Picture, type Row, type StatusHit } from '#screen';
import type { Style } from '#tmux';
import type { FormatSource } from './formats.js';
import { panTo } from './pan.js';
import { paneColours } from './pane-colours.js';
import type { Size } from './sizes.js';
import type { StatusLine } from './status-line.js';

/** Where a terminal shows the window. */
export interface Placement {
  /** The first line of the terminal that is the window's: 1 below a status line at the top. */
  readonly top: number;
  /** Lines of the terminal that are not the status line. */
  readonly visibleRows: number;
  /** The first column and line of the window that is in sight. */
  readonly offsetX: number;
  readonly offsetY: number;
}

/** How terminals show a session: the picture for a size, the part of the window that is in sight, the status line. */
export class SessionDisplay {
  constructor(
    private readonly source: FormatSource,
    private readonly status: StatusLine,
    /** Bells that terminals have rung, or shall ring, since the session began. */
    private readonly bells: () => number,
  ) {}

  /** Lines that the status line takes of a joiner's terminal. */
  get statusLines(): number {
    return this.source.mirror.options.flag('status') ? 1 : 0;
  }

  /** How a seat's own messages look. */
  get messageStyle(): Style {
    return this.source.mirror.options.style('message-style');
  }

  /** How long they stay, in milliseconds. */
  get displayTimeMs(): number {
    return this.source.mirror.options.number('display-time');
  }

  /**
   * Programs that think they run in `screen` send its standout sequence, which is the one for italics elsewhere: tmux knows
   * this from its option `default-terminal`, and shows what was meant.
   */
  get italicsAreStandout(): boolean {
    return /^screen(-|$)/.test(this.source.mirror.options.text('default-terminal'));
  }

  /** The line that they cover; negative counts from the bottom. */
  get messageLine(): number {
    return this.statusLines > 0 && this.source.mirror.options.choice('status-position') === 'top' ? 0 : -1;
  }

  /**
   * What of the mouse a joiner's terminal shall report, as tmux asks for it: with its option `mouse` presses, releases and
   * drags, else what the active pane's program wants.
   */
  get mouse(): Picture['mouse'] {
    if (this.source.mirror.options.flag('mouse')) return 'button';
    return this.source.windows.current?.active?.modes?.mouse ?? 'off';
  }

  /** The session as a terminal of that size shows it. */
  compose(cols: number, rows: number, previous: Picture | undefined): Picture {
    const { mirror, windows } = this.source;
    const { options } = mirror;
    const window = windows.current;
    const panes = window?.panes ?? [];
    const active = window?.active;
    const colours = paneColours(options, window);
    const { size, limitedBy } = this.#windowSize(cols, rows);
    const statusRow = this.statusRow(cols, rows);
    const { offsetX, offsetY } = this.placement(cols, rows);
    return composeWindow(
      {
        cols,
        rows,
        window: size,
        limitedBy,
        panes: panes.map((pane) => ({ id: pane.id, ...pane.rect, source: pane.source, colours: colours(pane) })),
        activePaneId: active?.id ?? -1,
        statusRow,
        statusPosition: options.choice('status-position') === 'top' ? 'top' : 'bottom',
        borderStyle: options.style('pane-border-style', window?.index),
        activeBorderStyle: options.style('pane-active-border-style', window?.index),
        offsetX,
        offsetY,
        mouse: this.mouse,
        applicationKeypad: active?.modes?.applicationKeypad ?? false,
        focusEvents: options.flag('focus-events') || (active?.modes?.focusEvents ?? false),
        bells: this.bells(),
        title: options.flag('set-titles') ? this.status.title(active?.title ?? '') : '',
      },
      previous,
    );
  }

  /** Where a terminal of that size shows the window, and which part of it if the window is larger. */
  placement(cols: number, rows: number): Placement {
    const active = this.source.windows.current?.active;
    const source = active?.source;
    const { size } = this.#windowSize(cols, rows);
    const visibleRows = Math.max(0, rows - this.statusLines);
    return {
      top: this.statusLines > 0 && this.messageLine === 0 ? 1 : 0,
      visibleRows,
      offsetX: panTo((active?.rect.x ?? 0) + (source?.cursorX ?? 0), cols, size.cols),
      offsetY: panTo((active?.rect.y ?? 0) + (source?.cursorY ?? 0), visibleRows, size.rows),
    };
  }

  /** The current window's size, and what makes it smaller than the session; as large as the terminal until the host says more. */
  #windowSize(cols: number, rows: number): { readonly size: Size; readonly limitedBy: string | undefined } {
    const { windows } = this.source;
    const size = windows.current === undefined ? windows : windows.sizeOf(windows.current);
    const forced = [
      ...(size.cols < windows.cols ? ['force-width'] : []),
      ...(size.rows < windows.rows ? ['force-height'] : []),
    ];
    return {
      size: { cols: size.cols || cols, rows: size.rows || rows },
      limitedBy: forced.length > 0 ? forced.join(', ') : undefined,
    };
  }

  /** The status line of a terminal, blank if it is the terminal's only line; undefined if it is off. */
  statusRow(cols: number, rows: number): Row | undefined {
    if (this.statusLines === 0) return undefined;
    return rows > 1 ? this.status.draw(cols).row : this.status.blank(cols);
  }

  /** Which columns of that line are a window's name. */
  statusHits(cols: number): readonly StatusHit[] {
    return this.statusLines > 0 ? this.status.draw(cols).hits : [];
  }
}
