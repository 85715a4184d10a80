import { CopyView, Terminal, type CopyOptions, type PaneSource, type TerminalModes } from '#screen';
import type { CopyMode, SnapshotPane } from '#tmate-protocol';

/** tmate's own server keeps this much of a pane, whatever the host's `history-limit` says; so does the host, by default. */
export const HISTORY_LIMIT = 2000;

/**
 * How much output a sleeping pane keeps unparsed, in bytes: a shell prompt's worth many times over, so that a session
 * that nobody watches rarely wakes a parser.
 */
export const MAX_ASLEEP_BYTES = 32 * 1024;

/** Where a pane stands in its window, in cells, borders left out. */
export interface PaneRect {
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
}

/**
 * One pane: its terminal, and the copy mode over it. A pane that nobody watches sleeps: it keeps its screen packed and
 * what came since as it came, and is made whole again when somebody looks.
 */
export class Pane {
  #terminal: Terminal | undefined;
  #frozen: Uint8Array | undefined;
  #unparsed: Uint8Array[] = [];
  #unparsedBytes = 0;
  /** The text view's lines, where the host shows one in place of the pane's own content. */
  #copy: CopyView | undefined;
  rect: PaneRect;
  /** `uid` of the window that it is in. */
  window: number | undefined;

  constructor(
    readonly id: number,
    rect: PaneRect,
    private readonly historyLimit = HISTORY_LIMIT,
  ) {
    this.rect = rect;
  }

  /** The pane's terminal; wakes the pane. */
  get terminal(): Terminal {
    return this.#terminal ?? this.#wake();
  }

  /** As the program set it. */
  get title(): string {
    return this.terminal.title;
  }

  get copy(): CopyView | undefined {
    return this.#copy;
  }

  get asleep(): boolean {
    return this.#terminal === undefined;
  }

  /** The modes that its program asked for; undefined while copy mode, which asks for none, stands before it. */
  get modes(): TerminalModes | undefined {
    return this.#copy === undefined ? this.terminal.modes : undefined;
  }

  /** What is to be seen in the pane. */
  get source(): PaneSource {
    return this.#copy ?? this.terminal;
  }

  /** Output of the pane's program; answers how often it rang the bell, as far as that is known before it is parsed. */
  write(data: Uint8Array): number {
    if (this.#terminal !== undefined) {
      const before = this.#terminal.bells;
      this.#terminal.write(data);
      return this.#terminal.bells - before;
    }
    this.#unparsed.push(data.slice());
    this.#unparsedBytes += data.length;
    if (this.#unparsedBytes > MAX_ASLEEP_BYTES) this.#wake();
    return 0;
  }

  place(rect: PaneRect): void {
    const { cols, rows } = this.rect;
    this.rect = rect;
    if (rect.cols === cols && rect.rows === rows) return;
    this.terminal.resize(rect.cols, rect.rows);
    this.#copy?.resize(rect.cols, rect.rows);
  }

  /** Takes over what the host says the pane holds. */
  load(snapshot: SnapshotPane): void {
    this.#frozen = undefined;
    this.#drop();
    this.#copy = undefined;
    this.#terminal = this.#fresh();
    this.#terminal.load(snapshot);
  }

  /** Enters, changes or leaves copy mode. */
  setCopyMode(state: CopyMode | undefined, options: CopyOptions): void {
    if (state === undefined) {
      this.#copy = undefined;
      return;
    }
    this.#copy ??= new CopyView(this.terminal, { textView: !state.ofPane, ...options });
    this.#copy.update(state);
  }

  /** Adds a line to the text view that the pane shows, which begins with its first line. */
  writeCopyLine(text: string, options: CopyOptions): void {
    this.#copy ??= new CopyView(this.terminal, { textView: true, ...options });
    this.#copy.addLine(text);
  }

  /** Packs the pane away; harmless where it sleeps already. A pane in copy mode stays as it is. */
  sleep(): void {
    if (this.#terminal === undefined || this.#copy !== undefined) return;
    this.#frozen = this.#terminal.freeze();
    this.#terminal = undefined;
  }

  #wake(): Terminal {
    const terminal = this.#frozen === undefined ? this.#fresh() : Terminal.thaw(this.#frozen);
    this.#frozen = undefined;
    for (const data of this.#unparsed) terminal.write(data);
    this.#drop();
    this.#terminal = terminal;
    return terminal;
  }

  #fresh(): Terminal {
    return new Terminal({ cols: this.rect.cols, rows: this.rect.rows, historyLimit: this.historyLimit });
  }

  #drop(): void {
    this.#unparsed = [];
    this.#unparsedBytes = 0;
  }
}
