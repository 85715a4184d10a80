import type { CopyOptions, CopyView, Row } from '#screen';
import type { CopyCommand, ModeKeys } from '#tmux';
import { isMouseKey, KEY_BASE, keyBase, keyModifiers, type CopyMode, type KeyCode } from '#tmate-protocol';
import type { PaneContent } from '../modes/pane-mode.js';
import type { Cell } from '../mouse/mouse-target.js';
import type { Size } from '../../model/sizes.js';
import { CopyCursor, type Jump } from './copy-cursor.js';
import { CopyBudget } from './copy-budget.js';
import { CopyLines } from './copy-lines.js';
import { asksFirst, COPY_PROMPTS, type CopyPromptCommand } from './copy-prompts.js';
import { CopySearch } from './copy-search.js';
import { selectedText } from './selected-text.js';

/** The longest answer to one of the mode's questions. */
const MAX_ANSWER = 256;
/** The most digits of a count. */
const MAX_COUNT = 999;

/** What copy mode at a seat shows. */
export interface CopySource {
  /** The text for a pane of that size; a call with another size may change what an earlier one gave. */
  resize(cols: number, rows: number): CopyView;
  /** It is not looked at any more. */
  dispose?(): void;
}

/** Where what was copied goes. */
export interface CopiedTo {
  /** The text is added to what was copied last. */
  readonly append?: boolean;
  /** The host's buffer of that name. */
  readonly buffer?: string;
}

export interface CopyContentOptions extends CopyOptions {
  readonly bindings: ModeKeys;
  readonly wordSeparators: string;
  readonly wrapSearch: boolean;
  /** Passing time, in ms. */
  readonly now: () => number;
  readonly copied: (text: string, to: CopiedTo) => void;
}

/**
 * tmux's copy mode at a joiner's own seat: for the output of its commands (`list-keys`, …), and for what its mouse selects.
 * Nobody else sees it; the owner decides where copied text goes.
 */
export class CopyContent implements PaneContent {
  version = 0;
  #view: CopyView;
  readonly #cursor: CopyCursor;
  readonly #budget: CopyBudget;
  /** The last answer to a question for a search or a line: the next search begins with it, as in tmux. */
  #typed = '';
  #asking: { readonly question: CopyPromptCommand; text: string; readonly keeps: boolean } | undefined;
  #searched: { readonly up: boolean; readonly text: string } | undefined;
  /** The matches of the last search. */
  #places: CopySearch | undefined;
  #jumped: Jump | undefined;
  #count = 0;

  constructor(
    private readonly source: CopySource,
    size: Size,
    private readonly options: CopyContentOptions,
    /** Lines scrolled back at first; undefined: to the first line. */
    scrolledBack?: number,
  ) {
    this.#budget = new CopyBudget(options.now);
    this.#view = source.resize(size.cols, size.rows);
    this.#cursor = new CopyCursor(new CopyLines(this.#view.backing), options.modeKeys);
    this.#cursor.back = Math.min(scrolledBack ?? Infinity, this.#cursor.lines.history);
    this.#moved();
  }

  get cursor(): Cell {
    return { x: this.#view.cursorX, y: this.#view.cursorY };
  }

  resize(cols: number, rows: number): void {
    if (cols === this.#view.cols && rows === this.#view.rows) return;
    const top = this.#cursor.lines.history - this.#cursor.back;
    this.#view = this.source.resize(Math.max(1, cols), Math.max(1, rows));
    this.#cursor.rebase(new CopyLines(this.#view.backing), top);
    this.#moved();
  }

  dispose(): void {
    this.source.dispose?.();
  }

  line(y: number): Row {
    return this.#view.line(y);
  }

  /** Puts the cursor on a cell of the view. */
  place(at: Cell): void {
    this.#cursor.point(at.x, at.y);
    this.#moved();
  }

  /** As `copy-mode -u` begins. */
  pageUp(): void {
    this.#cursor.page(1);
    this.#moved();
  }

  /** Begins a selection with the mouse, from that cell on. */
  beginDrag(at: Cell): void {
    this.#cursor.point(at.x, at.y);
    this.#cursor.select();
    this.#moved();
  }

  key(key: KeyCode): boolean {
    const done = this.#key(key);
    this.#moved();
    return done;
  }

  #key(key: KeyCode): boolean {
    const asking = this.#asking;
    if (asking !== undefined) {
      if (isMouseKey(key)) return false;
      const answered = this.#answer(asking.question, key);
      if (answered !== 'not its key') return answered;
    }
    const table = this.options.modeKeys === 'vi' ? 'vi-copy' : 'emacs-copy';
    const binding = this.options.bindings.lookup(table, key);
    // A drag is begun by what follows the mouse.
    if (binding === undefined || (isMouseKey(key) && binding.command === 'begin-selection')) return false;
    const command = binding.command as CopyCommand;
    if (asksFirst(command)) {
      const counts = command === 'start-number-prefix';
      const digit = String.fromCodePoint(keyBase(key));
      this.#asking = {
        question: command,
        text: counts ? digit : this.#firstText(command),
        keeps: binding.argument !== undefined,
      };
      return false;
    }
    const count = Math.max(1, this.#count);
    this.#count = 0;
    return this.#do(command, count, binding.argument !== undefined);
  }

  #do(command: CopyCommand, count: number, keeps: boolean): boolean {
    const cursor = this.#cursor;
    const { rows } = cursor.lines;
    const { wordSeparators } = this.options;
    const times = (move: () => void): void => this.#budget.times(count, move);
    switch (command) {
      case 'cancel':
        return true;
      case 'cursor-up':
        times(() => cursor.up());
        break;
      case 'cursor-down':
        times(() => cursor.down());
        break;
      case 'cursor-left':
        times(() => cursor.left());
        break;
      case 'cursor-right':
        times(() => cursor.right());
        break;
      case 'scroll-up':
        times(() => cursor.up(true));
        break;
      case 'scroll-down':
        times(() => cursor.down(true));
        break;
      case 'page-up':
        times(() => cursor.page(1));
        break;
      case 'page-down':
        times(() => cursor.page(-1));
        break;
      case 'halfpage-up':
        times(() => cursor.scroll(Math.floor(rows / 2)));
        break;
      case 'halfpage-down':
        times(() => cursor.scroll(-Math.floor(rows / 2)));
        break;
      case 'history-top':
        cursor.scroll(Infinity);
        cursor.row(0);
        break;
      case 'history-bottom':
        cursor.scroll(-Infinity);
        cursor.row(rows - 1);
        break;
      case 'top-line':
        cursor.row(0);
        break;
      case 'middle-line':
        cursor.row(Math.floor((rows - 1) / 2));
        break;
      case 'bottom-line':
        cursor.row(rows - 1);
        break;
      case 'start-of-line':
        cursor.start();
        break;
      case 'end-of-line':
        cursor.end();
        break;
      case 'back-to-indentation':
        cursor.indentation();
        break;
      case 'next-word':
        times(() => cursor.nextWord(wordSeparators));
        break;
      case 'next-word-end':
        times(() => cursor.nextWordEnd(wordSeparators));
        break;
      case 'previous-word':
        times(() => cursor.previousWord(wordSeparators));
        break;
      case 'next-space':
        times(() => cursor.nextWord(' '));
        break;
      case 'next-space-end':
        times(() => cursor.nextWordEnd(' '));
        break;
      case 'previous-space':
        times(() => cursor.previousWord(' '));
        break;
      case 'jump-again':
        times(() => this.#jumped && cursor.jump(this.#jumped, true));
        break;
      case 'jump-reverse':
        times(() => this.#jumped && cursor.jump({ ...this.#jumped, back: !this.#jumped.back }, true));
        break;
      case 'search-again':
        times(() => this.#search(false));
        break;
      case 'search-reverse':
        times(() => this.#search(true));
        break;
      case 'begin-selection':
        cursor.select();
        break;
      case 'select-line':
        cursor.selectLines(count, 'start', true);
        break;
      case 'clear-selection':
        cursor.clear();
        break;
      case 'other-end':
        if (count % 2 === 1) cursor.otherEnd();
        break;
      case 'rectangle-toggle':
        cursor.toggleRectangle();
        break;
      case 'copy-line':
      case 'copy-end-of-line':
        cursor.selectLines(count, command === 'copy-line' ? 'start' : 'cursor', false);
        return this.#copy({}, false);
      case 'copy-selection':
      // A copied text does not go to a shell command: that would run at the host, for something that only this seat sees.
      case 'copy-pipe':
        return this.#copy({}, keeps && command === 'copy-selection');
      case 'append-selection':
        return this.#copy({ append: true }, keeps);
      default:
        break;
    }
    return false;
  }

  /** Copies the selection; the mode is done unless it is kept, and then the selection is over. */
  #copy(to: CopiedTo, keeps: boolean): boolean {
    const text = selectedText(this.#cursor, this.options.modeKeys);
    if (text !== undefined) this.options.copied(text, to);
    if (keeps) this.#cursor.clear();
    return !keeps;
  }

  #firstText(question: CopyPromptCommand): string {
    if (question.startsWith('jump-')) this.#typed = '';
    return question.startsWith('search-') ? this.#typed : '';
  }

  /**
   * Takes a key for a question; returns whether the mode is finished, or that the key ended the question without being a part
   * of the answer.
   */
  #answer(question: CopyPromptCommand, key: KeyCode): boolean | 'not its key' {
    const asking = this.#asking;
    if (asking === undefined) return false;
    if (question === 'start-number-prefix') {
      const digit = keyBase(key);
      if (digit >= 0x30 && digit <= 0x39) {
        const text = asking.text + String.fromCodePoint(digit);
        if (Number(text) <= MAX_COUNT) asking.text = text;
        return false;
      }
      this.#count = Number(asking.text);
      this.#asking = undefined;
      return 'not its key';
    }
    if (question.startsWith('jump-')) {
      this.#asking = undefined;
      if (keyModifiers(key) === 0 && key < KEY_BASE) this.#jump(question, String.fromCodePoint(key));
      return false;
    }
    const table = this.options.modeKeys === 'vi' ? 'vi-edit' : 'emacs-edit';
    const edit = this.options.bindings.lookup(table, key)?.command;
    if (edit === 'cancel') {
      this.#asking = undefined;
      this.#typed = asking.text;
    } else if (edit === 'enter') {
      this.#asking = undefined;
      this.#typed = question.startsWith('search-') ? asking.text : '';
      return this.#enter(question, asking.text, asking.keeps);
    } else if (edit === 'backspace') asking.text = asking.text.replace(/.$/su, '');
    else if (edit === 'delete-line') asking.text = '';
    else if (key >= 0x20 && key !== 0x7f && key < KEY_BASE && asking.text.length < MAX_ANSWER) {
      asking.text += String.fromCodePoint(key);
    }
    return false;
  }

  #enter(question: CopyPromptCommand, text: string, keeps: boolean): boolean {
    switch (question) {
      case 'search-backward':
      case 'search-forward':
        if (text === '') return false;
        this.#searched = { up: question === 'search-backward', text };
        this.#search(false);
        return false;
      case 'goto-line': {
        const line = /^\d{1,9}$/.test(text) ? Number(text) : Infinity;
        if (line <= this.#cursor.lines.history) this.#cursor.back = line;
        return false;
      }
      case 'start-named-buffer':
        return text === '' ? false : this.#copy({ buffer: text }, keeps);
      default:
        return false;
    }
  }

  #jump(question: CopyPromptCommand, char: string): void {
    const back = question === 'jump-backward' || question === 'jump-to-backward';
    this.#jumped = { char, back, before: question.startsWith('jump-to-') };
    const count = Math.max(1, this.#count);
    this.#count = 0;
    const jumped = this.#jumped;
    this.#budget.times(count, () => this.#cursor.jump(jumped));
  }

  #search(reverse: boolean): void {
    if (this.#searched === undefined) return;
    const { up, text } = this.#searched;
    const { lines, x, line } = this.#cursor;
    const how = { up: up !== reverse, wraps: this.options.wrapSearch };
    if (this.#places?.isOf(lines, text) !== true) {
      // A search reads all lines. If it comes too soon after others, it finds nothing.
      if (!this.#budget.spend(lines.last + 1)) return;
      this.#places = new CopySearch(lines, text);
    }
    const found = this.#places.next({ x, line }, how);
    if (found !== undefined) this.#cursor.show(found.x, found.line);
  }

  #moved(): void {
    const { lines, back, x, y, anchor, rectangle } = this.#cursor;
    this.#view.update({
      ofPane: false,
      scrolledBack: back,
      cursorX: x,
      cursorY: y,
      selection: anchor && { x: anchor.x, linesFromBottom: lines.last - anchor.line, rectangle },
      prompt: this.#prompt,
    });
    this.version++;
  }

  get #prompt(): CopyMode['prompt'] {
    if (this.#asking === undefined) return undefined;
    const [kind, prompt] = COPY_PROMPTS[this.#asking.question];
    return { kind, prompt, text: this.#asking.text };
  }
}
