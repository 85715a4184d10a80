import xterm from '@xterm/headless';
import { Attr, COLOUR_256, COLOUR_BASIC, COLOUR_RGB, type Colour } from '#tmux';
import { unitWidth } from '../cells.js';
import type { Picture } from '../picture.js';
import { ATTR_MASK, ATTR_SHIFT, CODE_POINT_MASK, COMBINED_BIT, WORDS_PER_CELL, type Row } from '../row.js';
import { COLOUR_MASK } from '#tmux';

type Cell = NonNullable<ReturnType<NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>['getCell']>>;

/** What of xterm.js there is no public name for. */
interface Core {
  writeSync(data: Uint8Array | string): void;
  coreService: {
    isCursorHidden: boolean;
    decPrivateModes: Record<string, boolean | string | undefined>;
  };
  coreMouseService: { activeProtocol: string; activeEncoding: string };
  buffer: { scrollTop: number; scrollBottom: number };
}

/** A real terminal emulator that frames are written to, and read back from. */
export class MirrorTerminal {
  readonly #terminal: xterm.Terminal;
  readonly #core: Core;
  bells = 0;
  title = '';

  constructor(
    readonly cols: number,
    readonly rows: number,
  ) {
    this.#terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0, logLevel: 'off' });
    this.#core = (this.#terminal as unknown as { _core: Core })._core;
    this.#terminal.onBell(() => this.bells++);
    this.#terminal.onTitleChange((title) => (this.title = title));
  }

  write(data: Uint8Array | string): void {
    this.#core.writeSync(data);
  }

  /** Lines as text with all that can be seen of each cell; what is the same to the eye is the same here. */
  get screen(): string[] {
    const lines: string[] = [];
    for (let y = 0; y < this.rows; y++) {
      const line = this.#terminal.buffer.active.getLine(this.#terminal.buffer.active.baseY + y);
      let text = '';
      for (let x = 0; x < this.cols; x++) {
        const cell = line?.getCell(x);
        if (cell === undefined || cell.getWidth() === 0) continue;
        text += look(cell.getChars(), attrOf(cell), foreground(cell), background(cell));
      }
      lines.push(text);
    }
    return lines;
  }

  get cursor(): { x: number; y: number; visible: boolean } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    // xterm.js reports a pending wrap as a column beyond the last.
    return { x: cursorX, y: cursorY, visible: !this.#core.coreService.isCursorHidden };
  }

  get modes(): object {
    const { decPrivateModes } = this.#core.coreService;
    const { scrollTop, scrollBottom } = (this.#terminal as unknown as { _core: { buffer: Core['buffer'] } })._core
      .buffer;
    return {
      mouse: this.#core.coreMouseService.activeProtocol,
      focus: decPrivateModes['sendFocus'],
      keypad: decPrivateModes['applicationKeypad'],
      synchronised: decPrivateModes['synchronizedOutput'],
      paste: decPrivateModes['bracketedPasteMode'],
      wholeRegion: scrollTop === 0 && scrollBottom === this.rows - 1,
      alternate: this.#terminal.buffer.active.type === 'alternate',
    };
  }
}

/** What `MirrorTerminal.screen` must be for a picture. */
export function screenOf(picture: Picture): string[] {
  return picture.lines.map((row) => {
    let text = '';
    for (let x = 0; x < picture.cols; x += unitWidth(row, x)) text += lookOf(row, x);
    return text;
  });
}

const MOUSE = { off: 'NONE', standard: 'VT200', button: 'DRAG', any: 'ANY' } as const;

/** What `MirrorTerminal.modes` must be for a picture after `enterSequence`. */
export function modesOf(picture: Picture): object {
  return {
    mouse: MOUSE[picture.mouse],
    focus: picture.focusEvents,
    keypad: picture.applicationKeypad ?? false,
    synchronised: false,
    paste: true,
    wholeRegion: true,
    alternate: true,
  };
}

function lookOf(row: Row, x: number): string {
  const at = x * WORDS_PER_CELL;
  const word = row.words[at] ?? 0;
  const codePoint = word & CODE_POINT_MASK;
  const text = (word & COMBINED_BIT) !== 0 ? row.clusters?.get(x) : undefined;
  return look(
    text ?? (codePoint === 0 ? '' : String.fromCodePoint(codePoint)),
    (word & ATTR_MASK) >>> ATTR_SHIFT,
    (row.words[at + 1] ?? 0) & COLOUR_MASK,
    (row.words[at + 2] ?? 0) & COLOUR_MASK,
  );
}

function look(chars: string, attr: number, fg: Colour, bg: Colour): string {
  const text = chars === '' ? ' ' : chars;
  const seen = text === ' ' && (attr & (Attr.underscore | Attr.reverse)) === 0;
  return seen ? `[ ${bg.toString(16)}]` : `[${text} ${attr} ${fg.toString(16)} ${bg.toString(16)}]`;
}

function attrOf(cell: Cell): number {
  return (
    (cell.isBold() === 0 ? 0 : Attr.bright) |
    (cell.isDim() === 0 ? 0 : Attr.dim) |
    (cell.isUnderline() === 0 ? 0 : Attr.underscore) |
    (cell.isBlink() === 0 ? 0 : Attr.blink) |
    (cell.isInverse() === 0 ? 0 : Attr.reverse) |
    (cell.isInvisible() === 0 ? 0 : Attr.hidden) |
    (cell.isItalic() === 0 ? 0 : Attr.italics)
  );
}

function foreground(cell: Cell): Colour {
  if (cell.isFgRGB()) return COLOUR_RGB | cell.getFgColor();
  return cell.isFgPalette() ? palette(cell.getFgColor(), cell.getFgColorMode()) : 0;
}

function background(cell: Cell): Colour {
  if (cell.isBgRGB()) return COLOUR_RGB | cell.getBgColor();
  return cell.isBgPalette() ? palette(cell.getBgColor(), cell.getBgColorMode()) : 0;
}

/** xterm.js keeps apart what came as SGR 30 to 37 and what came as SGR 38;5. */
function palette(index: number, mode: number): Colour {
  return (mode === 0x1000000 ? COLOUR_BASIC : COLOUR_256) | index;
}
