import { charWidth, CopyView, Terminal, textWidth, type CopyOptions, type Row } from '#screen';
import type { CopyCommand, ModeKeys } from '#tmux';
import { CopyPromptKind, isMouseKey, KEY_BASE, type CopyMode, type KeyCode } from '#tmate-protocol';
import type { Cell, PaneContent } from './pane-mode.js';

/** A search is for no longer text than this. */
const MAX_SEARCH = 256;
/** Lines that a wheel moves at once. */
const WHEEL_LINES = 5;

export interface TextViewOptions extends CopyOptions {
  readonly bindings: ModeKeys;
}

/** Output of a command (`list-keys`, …) in place of a pane: looked through with copy mode's keys, as in tmux. */
export class TextView implements PaneContent {
  version = 0;
  #view: CopyView;
  /** The lines as they wrap. */
  #wrapped: readonly string[] = [];
  #cols = 1;
  #rows = 1;
  #back = 0;
  #x = 0;
  #y = 0;
  #asking: { readonly up: boolean; text: string } | undefined;
  #searched: { readonly up: boolean; readonly text: string } | undefined;

  constructor(
    private readonly lines: readonly string[],
    private readonly options: TextViewOptions,
  ) {
    this.#view = this.#fresh();
  }

  get cursor(): Cell {
    return { x: this.#view.cursorX, y: this.#view.cursorY };
  }

  resize(cols: number, rows: number): void {
    const first = this.#top;
    this.#cols = Math.max(1, cols);
    this.#rows = Math.max(1, rows);
    this.#view = this.#fresh();
    for (const line of this.lines) this.#view.addLine(line);
    this.#wrapped = this.lines.flatMap((line) => wrap(line, this.#cols));
    this.#back = Math.max(0, this.#history - first);
    this.#moved();
  }

  line(y: number): Row {
    return this.#view.line(y);
  }

  key(key: KeyCode): boolean {
    if (this.#asking !== undefined) {
      this.#answer(this.#asking, key);
      this.#moved();
      return false;
    }
    const table = this.options.modeKeys === 'vi' ? 'vi-copy' : 'emacs-copy';
    const binding = this.options.bindings.lookup(table, key);
    if (binding === undefined) return false;
    const done = this.#do(binding.command as CopyCommand, isMouseKey(key) ? WHEEL_LINES : 1);
    this.#moved();
    return done;
  }

  #do(command: CopyCommand, times: number): boolean {
    const page = Math.max(1, this.#rows - 2);
    const half = Math.max(1, Math.floor(this.#rows / 2));
    switch (command) {
      case 'cancel':
        return true;
      case 'cursor-up':
        if (this.#y > 0) this.#y--;
        else this.#back++;
        break;
      case 'cursor-down':
        if (this.#y < this.#rows - 1) this.#y++;
        else this.#back--;
        break;
      case 'cursor-left':
        this.#x--;
        break;
      case 'cursor-right':
        this.#x++;
        break;
      case 'scroll-up':
        this.#back += times;
        break;
      case 'scroll-down':
        this.#back -= times;
        break;
      case 'page-up':
        this.#back += page;
        break;
      case 'page-down':
        this.#back -= page;
        break;
      case 'halfpage-up':
        this.#back += half;
        break;
      case 'halfpage-down':
        this.#back -= half;
        break;
      case 'history-top':
        this.#back = this.#history;
        this.#x = this.#y = 0;
        break;
      case 'history-bottom':
        this.#back = 0;
        this.#y = this.#rows - 1;
        this.#x = this.#lineEnd;
        break;
      case 'top-line':
        this.#x = this.#y = 0;
        break;
      case 'middle-line':
        this.#x = 0;
        this.#y = Math.floor((this.#rows - 1) / 2);
        break;
      case 'bottom-line':
        this.#x = 0;
        this.#y = this.#rows - 1;
        break;
      case 'start-of-line':
      case 'back-to-indentation':
        this.#x = 0;
        break;
      case 'end-of-line':
        this.#x = this.#lineEnd;
        break;
      case 'search-forward':
      case 'search-backward':
        this.#asking = { up: command === 'search-backward', text: '' };
        break;
      case 'search-again':
      case 'search-reverse':
        if (this.#searched !== undefined) {
          this.#search(this.#searched.text, this.#searched.up !== (command === 'search-reverse'));
        }
        break;
      default:
        break;
    }
    return false;
  }

  #answer(asking: { readonly up: boolean; text: string }, key: KeyCode): void {
    const edit = this.options.bindings.lookup('emacs-edit', key)?.command;
    if (edit === 'cancel') this.#asking = undefined;
    else if (edit === 'enter') {
      this.#asking = undefined;
      if (asking.text === '') return;
      this.#searched = { up: asking.up, text: asking.text };
      this.#search(asking.text, asking.up);
    } else if (edit === 'backspace') asking.text = asking.text.replace(/.$/su, '');
    else if (edit === 'delete-line') asking.text = '';
    else if (key >= 0x20 && key < KEY_BASE && asking.text.length < MAX_SEARCH) asking.text += String.fromCodePoint(key);
  }

  /** Goes to the next place of `text`, around the end where there is none before it. */
  #search(text: string, up: boolean): void {
    const lines = this.#wrapped;
    const capital = text !== text.toLowerCase();
    const folded = (line: string): string => (capital ? line : line.toLowerCase());
    const here = this.#top + this.#y;
    for (let n = 0; n <= lines.length; n++) {
      const at = (((here + (up ? -n : n)) % lines.length) + lines.length) % lines.length;
      const line = folded(lines[at] ?? '');
      const columns = placesOf(line, text).map((index) => textWidth(line.slice(0, index)));
      const found = up ? columns.findLast((x) => n > 0 || x < this.#x) : columns.find((x) => n > 0 || x > this.#x);
      if (found === undefined) continue;
      this.#goTo(at, found);
      return;
    }
  }

  #goTo(line: number, x: number): void {
    const top = this.#top;
    if (line >= top && line < top + this.#rows) this.#y = line - top;
    else {
      this.#back = this.#history - Math.min(this.#history, Math.max(0, line - Math.floor(this.#rows / 2)));
      this.#y = line - this.#top;
    }
    this.#x = x;
  }

  #fresh(): CopyView {
    const terminal = new Terminal({ cols: this.#cols, rows: this.#rows, historyLimit: 0 });
    return new CopyView(terminal, { ...this.options, textView: true });
  }

  get #history(): number {
    return this.#view.position.historySize;
  }

  get #top(): number {
    return this.#history - this.#back;
  }

  get #lineEnd(): number {
    return textWidth(this.#wrapped[this.#top + this.#y] ?? '');
  }

  #moved(): void {
    this.#back = Math.min(Math.max(this.#back, 0), this.#history);
    this.#y = Math.min(Math.max(this.#y, 0), this.#rows - 1);
    this.#x = Math.min(Math.max(this.#x, 0), this.#lineEnd);
    this.#view.update({
      ofPane: false,
      scrolledBack: this.#back,
      cursorX: this.#x,
      cursorY: this.#y,
      selection: undefined,
      prompt: this.#prompt,
    });
    this.version++;
  }

  get #prompt(): CopyMode['prompt'] {
    if (this.#asking === undefined) return undefined;
    const { up, text } = this.#asking;
    return {
      kind: up ? CopyPromptKind.searchUp : CopyPromptKind.searchDown,
      prompt: up ? 'Search Up' : 'Search Down',
      text,
    };
  }
}

function placesOf(line: string, text: string): number[] {
  const places: number[] = [];
  for (let at = line.indexOf(text); at >= 0; at = line.indexOf(text, at + 1)) places.push(at);
  return places;
}

/** A line as a terminal of that width breaks it. */
function wrap(line: string, cols: number): string[] {
  const rows: string[] = [];
  let row = '';
  let width = 0;
  for (const char of line) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) continue;
    const taken = charWidth(code);
    if (width + taken > cols) {
      rows.push(row);
      row = '';
      width = 0;
    }
    row += char;
    width += taken;
  }
  return [...rows, row];
}
