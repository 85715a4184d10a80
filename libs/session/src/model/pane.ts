import { damaged, uncounted, type Account, type ByteReader, type ByteWriter, type Holding } from '#kernel';
import { CopyView, screenBytes, Terminal, type CopyOptions, type PaneSource, type TerminalModes } from '#screen';
import type { Style } from '#tmux';
import { Limit, type CopyMode, type SnapshotPane } from '#tmate-protocol';

/** tmate's own server keeps this much of a pane, whatever the host's `history-limit` says; so does the host, by default. */
export const HISTORY_LIMIT = 2000;

/**
 * How much output a sleeping pane keeps unparsed, in bytes: a shell prompt's worth many times over, so that a session
 * that nobody watches rarely wakes a parser.
 */
export const MAX_ASLEEP_BYTES = 32 * 1024;

/** What a pane takes besides its screen: itself, and an incomplete sequence from a program. */
const PANE_BYTES = 1024;
/**
 * Memory that does not follow from a screen's size is measured after this many bytes of output: they can add about 200 KB at
 * most.
 */
const LOOK_BYTES = 4096;

/** A pane's position in its window, in cells, without borders. */
export interface PaneRect {
  readonly x: number;
  readonly y: number;
  readonly cols: number;
  readonly rows: number;
}

/** What a pane's program sends to the terminal outside of the picture. */
export interface PaneEvents {
  /** OSC 52: at most 96 KiB for the clipboard that `selection` names. */
  clipboard(pane: Pane, data: Uint8Array, selection: string): void;
}

/** What a pane needs from its session, if it is in one. */
export interface PaneSurroundings {
  readonly events?: PaneEvents | undefined;
  readonly account?: Account | undefined;
  /** There is no room for more history: drops some from any pane; false if there is none. */
  readonly makeRoom?: () => boolean;
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
  /** The window's option `alternate-screen`: whether programs can reach the alternate screen. */
  allowsAlternate = true;
  /** `uid` of the window that it is in. */
  window: number | undefined;
  readonly #screens: Holding;
  readonly #history: Holding;
  readonly #asleep: Holding;
  /** What the terminal took beyond its size when that was looked at, and how much was written since. */
  #extraBytes = 0;
  #unseenBytes = 0;

  constructor(
    readonly id: number,
    rect: PaneRect,
    private readonly historyLimit = HISTORY_LIMIT,
    private readonly events?: PaneEvents,
    account: Account = uncounted(),
    /** There is no room for more history: drops some from any pane; false if there is none. */
    private readonly makeRoom: () => boolean = () => this.halveHistory(),
  ) {
    this.rect = rect;
    this.#screens = account.hold('screens');
    this.#history = account.hold('history');
    this.#asleep = account.hold('asleep');
    this.#asleep.set(PANE_BYTES);
  }

  /** The pane no longer exists: its memory is released. */
  dispose(): void {
    for (const holding of [this.#screens, this.#history, this.#asleep]) holding.release();
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

  /** The modes that its program asked for; undefined while copy mode, which asks for none, covers it. */
  get modes(): TerminalModes | undefined {
    return this.#copy === undefined ? this.terminal.modes : undefined;
  }

  /** What the pane shows. */
  get source(): PaneSource {
    return this.#copy ?? this.terminal;
  }

  /** Output of the pane's program; returns how often it rang the bell, as far as that is known before it is parsed. */
  write(data: Uint8Array): number {
    if (this.#terminal !== undefined) {
      const before = this.#terminal.bells;
      this.#terminal.allowsAlternate = this.allowsAlternate;
      this.#terminal.write(data);
      this.#unseenBytes += data.length;
      this.#count();
      return this.#terminal.bells - before;
    }
    this.#asleep.set(this.#asleep.bytes + data.length);
    this.#unparsed.push(data.slice());
    this.#unparsedBytes += data.length;
    if (this.#unparsedBytes > MAX_ASLEEP_BYTES) this.#wake();
    return 0;
  }

  place(rect: PaneRect): void {
    const { cols, rows } = this.rect;
    this.rect = rect;
    if (rect.cols === cols && rect.rows === rows) return;
    const { terminal } = this;
    this.#screens.set(Math.max(this.#screens.bytes, screenBytes(rect.cols, rect.rows)));
    terminal.resize(rect.cols, rect.rows);
    this.#copy?.resize(rect.cols, rect.rows);
    this.#look();
  }

  /** Takes over what the host says the pane holds. */
  load(snapshot: SnapshotPane): void {
    this.#frozen = undefined;
    this.#drop();
    this.#copy = undefined;
    this.#terminal = this.#fresh();
    this.#terminal.load(snapshot);
    this.#listen(this.#terminal);
    this.#asleep.set(PANE_BYTES);
    this.#look();
  }

  /** Enters, changes or leaves copy mode. */
  setCopyMode(state: CopyMode | undefined, options: CopyOptions): void {
    if (state === undefined) {
      this.#copy = undefined;
      this.#count();
      return;
    }
    this.#copy ??= new CopyView(this.terminal, { textView: !state.ofPane, ...options });
    this.#copy.nextStyle = options.modeStyle;
    this.#copy.update(state);
    this.#count();
  }

  /** `mode-style` as it is now: copy mode shows it when it is redrawn, for a new size for example. */
  set copyStyle(style: Style) {
    if (this.#copy !== undefined) this.#copy.nextStyle = style;
  }

  /** Adds a line to the text view that the pane shows, which begins with its first line. */
  writeCopyLine(text: string, options: CopyOptions): void {
    this.#copy ??= new CopyView(this.terminal, { textView: true, ...options });
    this.#copy.addLine(text);
    this.#unseenBytes += text.length;
    this.#count();
  }

  /**
   * The pane that `writeTo` wrote, in the window `window`. Throws a `ShipmateError` with code `protocol` if it is damaged.
   */
  static readFrom(reader: ByteReader, window: number, surroundings: PaneSurroundings = {}): Pane {
    const { events, account, makeRoom } = surroundings;
    const id = reader.varint();
    const rect = { x: reader.varint() | 0, y: reader.varint() | 0, cols: side(reader), rows: side(reader) };
    const pane = new Pane(id, rect, reader.varint(), events, account, makeRoom);
    pane.window = window;
    pane.#screens.set(screenBytes(rect.cols, rect.rows));
    const frozen = reader.raw(reader.varint());
    if (frozen.length > 0) pane.#terminal = Terminal.thaw(frozen);
    if (pane.terminal.cols !== rect.cols || pane.terminal.rows !== rect.rows) throw damaged('a pane of another size');
    const unparsed = reader.raw(reader.varint());
    if (unparsed.length > 0) pane.terminal.write(unparsed);
    // What was said to terminals before is not said again.
    pane.#listen(pane.terminal);
    if (reader.u8() === 1) pane.#copy = CopyView.readFrom(reader, pane.terminal);
    pane.#look();
    return pane;
  }

  /** Packs all that the pane holds; of its history the newest lines, up to `historyBytes` of them packed. */
  writeTo(writer: ByteWriter, historyBytes: number): void {
    const { x, y, cols, rows } = this.rect;
    // One that sleeps need not be woken, unless it is too long as it is.
    if (this.#frozen !== undefined && this.#frozen.length > historyBytes) this.#wake();
    const frozen = this.#frozen ?? this.#terminal?.freeze(historyBytes) ?? new Uint8Array();
    for (const value of [this.id, x >>> 0, y >>> 0, cols, rows, this.historyLimit, frozen.length]) writer.varint(value);
    writer.raw(frozen);
    writer.varint(this.#unparsedBytes);
    for (const data of this.#unparsed) writer.raw(data);
    writer.u8(this.#copy === undefined ? 0 : 1);
    this.#copy?.writeTo(writer, historyBytes);
  }

  /**
   * Packs the pane away; harmless where it sleeps already. A pane in copy mode stays as it is, and so does one that the session
   * has no room for, packed.
   */
  sleep(): void {
    if (this.#terminal === undefined || this.#copy !== undefined) return;
    const frozen = this.#terminal.freeze();
    if (!this.#asleep.trySet(PANE_BYTES + frozen.length)) return;
    this.#frozen = frozen;
    this.#terminal = undefined;
    this.#screens.release();
    this.#history.release();
  }

  /** Counts what can have grown with a little output; what must be searched for, now and then. */
  #count(): void {
    if (this.#unseenBytes > LOOK_BYTES) this.#look();
    else this.#charge();
  }

  #look(): void {
    this.#unseenBytes = 0;
    this.#extraBytes = (this.#terminal?.extraBytes() ?? 0) + (this.textView?.extraBytes() ?? 0);
    this.#charge();
  }

  #charge(): void {
    const terminal = this.#terminal;
    if (terminal === undefined) return;
    const { textView } = this;
    this.#screens.set(terminal.sizedBytes + this.#extraBytes + (textView?.sizedBytes ?? 0));
    while (!this.#history.trySet(this.historyBytes)) if (!this.makeRoom()) break;
  }

  /** What scrolled out of view takes; nothing while the pane sleeps. */
  get historyBytes(): number {
    return (this.#terminal?.historyBytes ?? 0) + (this.textView?.historyBytes ?? 0);
  }

  /** Drops the older half of it; returns whether there was anything to drop. */
  halveHistory(): boolean {
    const { textView } = this;
    const terminal = this.#terminal;
    const larger = (textView?.historyBytes ?? 0) > (terminal?.historyBytes ?? 0) ? textView : terminal;
    if (larger === undefined || larger.historySize === 0) return false;
    larger.halveHistory();
    this.#history.trySet(Math.min(this.#history.bytes, this.historyBytes));
    return true;
  }

  /** The terminal of the lines of text that are shown in its place. */
  get textView(): Terminal | undefined {
    return this.#copy?.textView === true ? this.#copy.backing : undefined;
  }

  #wake(): Terminal {
    // Its minimum memory is counted before it is allocated.
    this.#screens.set(screenBytes(this.rect.cols, this.rect.rows));
    const terminal = this.#frozen === undefined ? this.#fresh() : Terminal.thaw(this.#frozen);
    this.#frozen = undefined;
    terminal.allowsAlternate = this.allowsAlternate;
    for (const data of this.#unparsed) terminal.write(data);
    this.#drop();
    this.#terminal = terminal;
    this.#asleep.set(PANE_BYTES);
    this.#look();
    // What was said to terminals while nobody looked is not said again.
    this.#listen(terminal);
    return terminal;
  }

  #listen(terminal: Terminal): void {
    const { events } = this;
    if (events === undefined) return;
    terminal.onClipboard = (data, selection) => events.clipboard(this, data, selection);
  }

  #fresh(): Terminal {
    return new Terminal({ cols: this.rect.cols, rows: this.rect.rows, historyLimit: this.historyLimit });
  }

  #drop(): void {
    this.#unparsed = [];
    this.#unparsedBytes = 0;
  }
}

function side(reader: ByteReader): number {
  const value = reader.upTo(Math.max(Limit.cols, Limit.rows), 'a side of a pane');
  if (value === 0) throw damaged('a pane without a side');
  return value;
}
