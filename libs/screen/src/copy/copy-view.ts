import { damaged, type ByteReader, type ByteWriter } from '#kernel';
import { CopyPromptKind, Limit, type CopyMode } from '#tmate-protocol';
import { COLOUR_BASIC, DEFAULT_STYLE, type Style } from '#tmux';
import type { Row } from '../row.js';
import { Line } from '../vt/line.js';
import { Terminal } from '../vt/terminal.js';
import { drawCells, drawText, type Canvas } from './canvas.js';
import { isSelected, type ModeKeys, type Selection } from './selection.js';

/** The window's options that show in copy mode. */
export interface CopyOptions {
  /** `mode-style`: of selected cells, the position and prompts. */
  readonly modeStyle: Style;
  /** `mode-keys`. */
  readonly modeKeys: ModeKeys;
}

/** How a copy view begins. */
export interface CopyViewOptions extends Partial<CopyOptions> {
  /** The pane shows lines of text (`addLine`) and not its own content. */
  readonly textView: boolean;
}

/** Black on yellow. */
const DEFAULT_MODE_STYLE: Style = { fg: COLOUR_BASIC, bg: COLOUR_BASIC | 3, attr: 0 };
/** Most lines that a text view keeps. */
const MAX_TEXT_LINES = 20_000;
/** The longest prompt is one less than this, in bytes. */
const PROMPT_BUFFER = 512;

/** A prompt's texts, in bytes: as long as the protocol allows, and what was no UTF-8 became longer. */
const MAX_TEXT = 3 * Limit.textBytes;

interface CachedRow {
  readonly row: Line;
  readonly source: Row | undefined;
  readonly stamp: number;
  readonly version: number;
}

/**
 * A pane in copy mode as SYNC_COPY_MODE and WRITE_COPY_MODE describe it: some part of the pane's screen and history, or
 * of the lines of a text view, with the position in the first row's end, the selection, and a prompt in the last row.
 */
export class CopyView {
  readonly textView: boolean;
  readonly #terminal: Terminal;
  #text: Terminal | undefined;
  #hasText = false;
  #options: CopyOptions;
  #nextStyle: Style;
  #scrolledBack = 0;
  #cursorX = 0;
  #cursorY = 0;
  #selection: CopyMode['selection'];
  #prompt: CopyMode['prompt'];
  /** Grows with whatever changes all rows. */
  #version = 0;
  #stamps = 0;
  #cache: (CachedRow | undefined)[] = [];

  constructor(terminal: Terminal, { textView, modeStyle = DEFAULT_MODE_STYLE, modeKeys = 'emacs' }: CopyViewOptions) {
    this.#terminal = terminal;
    this.textView = textView;
    this.#options = { modeStyle, modeKeys };
    this.#nextStyle = modeStyle;
    if (!textView) {
      this.#cursorX = terminal.cursorX;
      this.#cursorY = terminal.cursorY;
      return;
    }
    this.#text = new Terminal({ cols: terminal.cols, rows: terminal.rows, historyLimit: MAX_TEXT_LINES });
    // A character 1 in the text switches line drawing on and off.
    this.#text.write(encoder.encode('\u001b)0'));
  }

  /** The view that `writeTo` wrote, over `terminal`. Throws a `ShipmateError` with code `protocol` if it is damaged. */
  static readFrom(reader: ByteReader, terminal: Terminal): CopyView {
    const textView = reader.u8() === 1;
    const modeStyle = { fg: reader.varint(), bg: reader.varint(), attr: reader.varint() };
    const view = new CopyView(terminal, { textView, modeStyle, modeKeys: reader.u8() === 1 ? 'vi' : 'emacs' });
    const [scrolledBack, cursorX, cursorY] = [readInt(reader), readInt(reader), readInt(reader)];
    const selection =
      reader.u8() === 1
        ? { x: readInt(reader), linesFromBottom: readInt(reader), rectangle: reader.u8() === 1 }
        : undefined;
    const prompt =
      reader.u8() === 1
        ? { kind: readInt(reader), prompt: reader.text(MAX_TEXT, 'prompt'), text: reader.text(MAX_TEXT, 'prompt') }
        : undefined;
    if (textView) {
      view.#hasText = reader.u8() === 1;
      view.#text = Terminal.thaw(reader.raw(reader.varint()));
      if (view.#text.cols !== terminal.cols || view.#text.rows !== terminal.rows) throw damaged('a text view');
    }
    view.update({ ofPane: !textView, scrolledBack, cursorX, cursorY, selection, prompt });
    return view;
  }

  /** Packs what the view holds besides its terminal; for a text view, the newest lines, up to `textBytes` when packed. */
  writeTo(writer: ByteWriter, textBytes: number): void {
    const { modeStyle, modeKeys } = this.#options;
    writer.u8(this.textView ? 1 : 0);
    for (const part of [modeStyle.fg, modeStyle.bg, modeStyle.attr]) writer.varint(part);
    writer.u8(modeKeys === 'vi' ? 1 : 0);
    for (const value of [this.#scrolledBack, this.#cursorX, this.#cursorY]) writer.varint(value >>> 0);
    writer.u8(this.#selection === undefined ? 0 : 1);
    if (this.#selection !== undefined) {
      writer.varint(this.#selection.x >>> 0);
      writer.varint(this.#selection.linesFromBottom >>> 0);
      writer.u8(this.#selection.rectangle ? 1 : 0);
    }
    writer.u8(this.#prompt === undefined ? 0 : 1);
    if (this.#prompt !== undefined) {
      writer.varint(this.#prompt.kind >>> 0);
      writer.text(this.#prompt.prompt);
      writer.text(this.#prompt.text);
    }
    if (this.#text === undefined) return;
    writer.u8(this.#hasText ? 1 : 0);
    const frozen = this.#text.freeze(textBytes);
    writer.varint(frozen.length);
    writer.raw(frozen);
  }

  /** How the selection, position and prompt look, and where selections end. */
  set options(options: CopyOptions) {
    this.#options = options;
    this.#nextStyle = options.modeStyle;
    this.#version++;
  }

  /** `mode-style` as it is now. As at the host, it shows from the next change on that redraws the mode's own text. */
  set nextStyle(style: Style) {
    this.#nextStyle = style;
  }

  get cols(): number {
    return this.backing.cols;
  }

  get rows(): number {
    return this.backing.rows;
  }

  get cursorX(): number {
    return Math.min(this.#cursorX, this.cols - 1);
  }

  get cursorY(): number {
    return Math.min(this.#cursorY, this.rows - 1);
  }

  /** The mode has its own screen, with a cursor of the default shape. */
  readonly cursorVisible = true;
  readonly cursorShape = 0;

  /** Lines scrolled back, and how many there are. */
  get position(): { readonly scrolledBack: number; readonly historySize: number } {
    return { scrolledBack: this.#scrolledBack, historySize: this.backing.historySize };
  }

  /** Whether it asks for something, so that keys are the answer's. */
  get asking(): boolean {
    return this.#prompt !== undefined && this.#prompt.kind !== CopyPromptKind.off;
  }

  get hasLinks(): boolean {
    return this.backing.hasLinks;
  }

  link(number: number): string | undefined {
    return this.backing.link(number);
  }

  /** What is looked at: the pane's terminal, or that of the text view's lines. */
  get backing(): Terminal {
    return this.#text ?? this.#terminal;
  }

  /** Takes over what the host says of the mode. */
  update(mode: CopyMode): void {
    const asks = mode.prompt?.kind !== this.#prompt?.kind || mode.prompt?.text !== this.#prompt?.text;
    const selects = mode.selection !== undefined || this.#selection !== undefined;
    if (mode.scrolledBack !== this.#scrolledBack || selects || asks) this.#restyle();
    this.#scrolledBack = mode.scrolledBack;
    this.#cursorX = Math.min(mode.cursorX, this.cols);
    this.#cursorY = mode.cursorY;
    this.#selection = mode.selection;
    this.#prompt = mode.prompt;
    this.#version++;
  }

  /** Adds a line to a text view; control characters are left out, and what is too long wraps. */
  addLine(text: string): void {
    if (this.#text === undefined) return;
    const before = this.#text.historySize;
    let drawing = false;
    const line = text.replaceAll(/[\u0000-\u001f\u007f]/g, (control) => {
      if (control !== '\u0001') return '';
      drawing = !drawing;
      return drawing ? SHIFT_OUT : SHIFT_IN;
    });
    this.#text.write(encoder.encode(`${this.#hasText ? '\r\n' : ''}${SHIFT_IN}${line}`));
    this.#hasText = true;
    // What is looked at stays in view.
    this.#scrolledBack += this.#text.historySize - before;
    this.#version++;
  }

  /**
   * The pane's new size; the pane's terminal must have it already. As at the host, it ends the selection, and with it the
   * cursor's stay behind the end of its line.
   */
  resize(cols: number, rows: number): void {
    this.#text?.resize(cols, rows);
    this.#cursorY = Math.min(this.#cursorY, this.rows - 1);
    this.#cursorX = Math.min(this.#cursorX, this.cols);
    this.#scrolledBack = Math.min(this.#scrolledBack, this.backing.historySize);
    this.#selection = undefined;
    this.#cursorX = Math.min(this.#cursorX, this.backing.textLength(this.#cursorY - this.#scrolledBack));
    this.#restyle();
    this.#cache = [];
    this.#version++;
  }

  #restyle(): void {
    this.#options = { ...this.#options, modeStyle: this.#nextStyle };
  }

  /** Row `y` of what is shown, from 0; the same object while it looks the same. */
  line(y: number): Row {
    const source = this.backing.line(y - this.#scrolledBack);
    const known = this.#cache[y];
    const stamp = source?.stamp ?? 0;
    if (known?.version === this.#version && known.source === source && known.stamp === stamp) return known.row;
    const drawn = this.#draw(y, source);
    const row = known !== undefined && sameCells(known.row, drawn) ? known.row : drawn;
    if (row === drawn) drawn.stamp = ++this.#stamps;
    this.#cache[y] = { row, source, stamp, version: this.#version };
    return row;
  }

  #draw(y: number, source: Row | undefined): Line {
    const { modeStyle } = this.#options;
    const { cols } = this;
    const line = new Line(cols);
    const selection = this.#shownSelection();
    const canvas: Canvas = {
      line,
      cols,
      selected: (x) => selection !== undefined && isSelected(selection, x, y),
      modeStyle,
    };
    const written = this.backing.lineLength(y - this.#scrolledBack);
    if (y === 0) {
      const text = `[${this.#scrolledBack}/${this.backing.historySize}]`;
      const size = Math.min(text.length, cols);
      drawText(canvas, cols - size, text, modeStyle);
      drawCells(canvas, source, 0, cols - size);
    } else if (y === this.rows - 1 && this.#prompt !== undefined && this.#prompt.kind !== CopyPromptKind.off) {
      const text = `${this.#prompt.prompt}: ${this.#prompt.text}`;
      drawText(canvas, 0, truncateBytes(text, Math.min(PROMPT_BUFFER - 1, cols)), modeStyle);
      // The host takes bytes for columns here.
      drawCells(canvas, source, encoder.encode(text).length, Math.min(written, cols));
    } else drawCells(canvas, source, 0, Math.min(written, cols));
    // The cursor stands after a full line.
    if (y === this.#cursorY && this.#cursorX === cols) drawText(canvas, cols - 1, '$', DEFAULT_STYLE);
    return line;
  }

  /** The selection as far as it is in view. */
  #shownSelection(): Selection | undefined {
    if (this.#selection === undefined) return undefined;
    const { x, linesFromBottom, rectangle } = this.#selection;
    const { historySize, rows, cols } = this.backing;
    const top = historySize - this.#scrolledBack;
    const y = historySize + rows - 1 - linesFromBottom - top;
    const above = y < 0;
    const below = y > rows - 1;
    const startX = rectangle || (!above && !below) ? x : above ? 0 : cols - 1;
    const startY = Math.min(rows - 1, Math.max(0, y));
    return { startX, startY, endX: this.#cursorX, endY: this.#cursorY, rectangle, keys: this.#options.modeKeys };
  }
}

/** A signed 32-bit number: the protocol allows any. */
const readInt = (reader: ByteReader): number => reader.varint() | 0;

const SHIFT_OUT = '\u000e';
const SHIFT_IN = '\u000f';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text's first bytes; a character that is cut goes as a whole. */
function truncateBytes(text: string, bytes: number): string {
  const all = encoder.encode(text);
  if (all.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && ((all[end] ?? 0) & 0xc0) === 0x80) end--;
  return decoder.decode(all.subarray(0, end));
}

function sameCells(a: Line, b: Line): boolean {
  if (a.words.length !== b.words.length) return false;
  for (let i = 0; i < a.words.length; i++) if (a.words[i] !== b.words[i]) return false;
  if ((a.clusters?.size ?? 0) !== (b.clusters?.size ?? 0)) return false;
  for (const [column, text] of a.clusters ?? []) if (b.clusters?.get(column) !== text) return false;
  return true;
}
