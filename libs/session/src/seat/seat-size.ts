import { OverLimit } from '#kernel';
import type { SessionModel } from '../model/session-model.js';
import { NO_SIZE, type Size } from '../model/sizes.js';
import type { View } from '../model/view.js';
import type { JoinerSink, TerminalInfo } from '../ports.js';

/** Largest terminal that is drawn for, in cells a side; a larger one sees the picture in its corner. */
const MAX_TERMINAL: Size = { cols: 1000, rows: 500 };

export interface SeatSizeDeps {
  readonly sink: JoinerSink;
  readonly model: () => SessionModel;
  /** The picture that all terminals of this size share; throws `OverLimit` where no terminal can be drawn for. */
  readonly view: (size: Size) => View;
  /** The terminal is drawn from another picture from now on. */
  readonly changed: (view: View) => void;
  /** No terminal can be drawn for: this one has to go. */
  readonly full: () => void;
}

/** How large a joiner's terminal is: as it reports, or as large as the window if it follows the window. */
export class SeatSize {
  #size: Size;
  #view: View;
  #follows: boolean;
  #isStalled = false;

  constructor(
    terminal: TerminalInfo,
    private readonly deps: SeatSizeDeps,
  ) {
    this.#follows = terminal.follows ?? false;
    this.#size = (this.#follows ? this.#windowSize : undefined) ?? clampSize(terminal);
    this.#view = deps.view(this.#size);
  }

  get size(): Size {
    return this.#size;
  }

  get view(): View {
    return this.#view;
  }

  /**
   * The size to which a writer's terminal limits the window; 0 by 0 if it limits nothing, because it follows the window or gives
   * no sign of life.
   */
  get claimed(): Size {
    return this.#follows || this.#isStalled ? NO_SIZE : this.#size;
  }

  /** The terminal gives no sign of life, or does again; false if that was known. */
  setStalled(stalled: boolean): boolean {
    if (stalled === this.#isStalled) return false;
    this.#isStalled = stalled;
    return true;
  }

  /** The terminal has another size, or takes the window's from now on (`follows`; see `TerminalInfo`). */
  set(size: Size, follows: boolean): void {
    this.#follows = follows;
    this.#resize((follows ? this.#windowSize : undefined) ?? clampSize(size));
  }

  /** The window may have another size. */
  follow(): void {
    const wanted = this.#follows ? this.#windowSize : undefined;
    if (wanted === undefined || (wanted.cols === this.#size.cols && wanted.rows === this.#size.rows)) return;
    this.#resize(wanted);
  }

  /** The size of a terminal that follows the window; undefined until the host has reported it. */
  get #windowSize(): Size | undefined {
    const { windows, display } = this.deps.model();
    return windows.cols > 0 ? clampSize({ cols: windows.cols, rows: windows.rows + display.statusLines }) : undefined;
  }

  #resize(size: Size): void {
    const { sink, view, changed, full } = this.deps;
    this.#size = size;
    sink.resized?.(size.cols, size.rows);
    try {
      this.#view = view(size);
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
      // Only this terminal has to leave.
      full();
      return;
    }
    changed(this.#view);
  }
}

function clampSize({ cols, rows }: Size): Size {
  return {
    cols: Math.min(Math.max(Math.trunc(cols) || 80, 1), MAX_TERMINAL.cols),
    rows: Math.min(Math.max(Math.trunc(rows) || 24, 1), MAX_TERMINAL.rows),
  };
}
