import { fillCells, putText, Row } from '#screen';
import { Attr, DEFAULT_STYLE, type ChoiceCommand, type ModeKeys, type Style } from '#tmux';
import { isMouseKey, keyBase, type KeyCode } from '#tmate-protocol';
import type { Cell } from '../mouse/mouse-target.js';
import type { PaneContent } from './pane-mode.js';

const QUICK_KEYS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Digits of an item's number that are taken. */
const MAX_DIGITS = 6;
const ZERO = 0x30;
const NINE = 0x39;

/** A line of a list. */
export interface Choice {
  readonly text: string;
  /** It heads those that follow, and can hide them. */
  readonly head?: boolean;
  /** Something happened there: the line is bright. */
  readonly alert?: boolean;
  choose(): void;
}

export interface ChoiceListOptions {
  readonly bindings: ModeKeys;
  /** `mode-keys`. */
  readonly manner: 'vi' | 'emacs';
  /** `mode-style`: of the line that is selected. */
  readonly modeStyle: Style;
  /** The item that is selected at first. */
  readonly selected: number;
  /** Whether the items below a head are shown at first. */
  readonly expanded: boolean;
}

/** A list in place of a pane, one of whose lines is chosen: tmux's choose mode. */
export class ChoiceList implements PaneContent {
  readonly cursor = undefined;
  version = 0;
  #cols = 0;
  #rows = 1;
  #top = 0;
  #selected: number;
  #expanded: boolean;
  /** Digits of the item to go to, while that is asked for. */
  #number: string | undefined;

  constructor(
    private readonly items: readonly Choice[],
    private readonly options: ChoiceListOptions,
  ) {
    this.#expanded = options.expanded || !items.some(({ head }) => head);
    this.#selected = this.#expanded ? options.selected : 0;
  }

  resize(cols: number, rows: number): void {
    this.#cols = cols;
    this.#rows = Math.max(1, rows);
    this.#top = Math.max(0, this.#selected - (this.#rows - 1));
    this.version++;
  }

  line(y: number): Row {
    const row = new Row(this.#cols);
    const { modeStyle } = this.options;
    const end = Math.max(0, this.#cols - 1);
    const n = this.#top + y;
    const item = this.#shown[n];
    const base = n === this.#selected ? modeStyle : DEFAULT_STYLE;
    const style = item?.alert === true ? { ...base, attr: base.attr | Attr.bright } : base;
    let x = 0;
    if (item !== undefined) {
      const mark = item.head === true ? (this.#expanded ? '-' : '+') : '';
      x = putText(row, 0, `${this.#label(n, item)} ${mark} ${item.text}`, style, end);
    }
    fillCells(row, x, end, style);
    if (y === this.#rows - 1 && this.#number !== undefined) putText(row, 0, `Goto Item: ${this.#number}`, modeStyle);
    return row;
  }

  key(key: KeyCode, at?: Cell): boolean {
    this.version++;
    const table = this.options.manner === 'vi' ? 'vi-choice' : 'emacs-choice';
    const command = this.options.bindings.lookup(table, key)?.command as ChoiceCommand | undefined;
    if (this.#number !== undefined) return this.#goTo(this.#number, command, key);
    if (command !== undefined) return this.#do(command, key, at);
    const n = this.#quickKeys.indexOf(key < 0x80 ? String.fromCharCode(key) : '');
    return n >= 0 && this.#choose(n);
  }

  #do(command: ChoiceCommand, key: KeyCode, at: Cell | undefined): boolean {
    const last = this.#shown.length - 1;
    const page = this.#rows;
    const n = isMouseKey(key) && at !== undefined ? this.#top + at.y : this.#selected;
    switch (command) {
      case 'cancel':
        return true;
      case 'choose':
        return this.#choose(n);
      case 'up':
        this.#select(this.#selected === 0 ? last : this.#selected - 1);
        break;
      case 'down':
        this.#select(this.#selected === last ? 0 : this.#selected + 1);
        break;
      case 'scroll-up':
        this.#scroll(-1);
        break;
      case 'scroll-down':
        this.#scroll(1);
        break;
      case 'page-up':
      case 'page-down': {
        const lines = command === 'page-up' ? -page : page;
        const target = Math.min(Math.max(0, this.#selected + lines), last);
        this.#scroll(lines);
        this.#select(target);
        break;
      }
      case 'start-of-list':
        this.#select(0);
        break;
      case 'end-of-list':
        this.#select(last);
        break;
      case 'top-line':
        this.#select(this.#top);
        break;
      case 'bottom-line':
        this.#select(Math.min(last, this.#top + page - 1));
        break;
      case 'start-number-prefix':
        this.#number = String.fromCharCode(keyBase(key));
        break;
      case 'tree-toggle':
        this.#expand(!this.#expanded);
        break;
      case 'tree-expand':
      case 'tree-expand-all':
        this.#expand(true);
        break;
      case 'tree-collapse':
      case 'tree-collapse-all':
        this.#expand(false);
        break;
      case 'backspace':
        break;
    }
    return false;
  }

  #goTo(typed: string, command: ChoiceCommand | undefined, key: KeyCode): boolean {
    if (command === 'cancel') this.#number = undefined;
    else if (command === 'choose') {
      this.#number = undefined;
      return typed !== '' && this.#choose(Number(typed));
    } else if (command === 'backspace') this.#number = typed.slice(0, -1);
    else if (key >= ZERO && key <= NINE && typed.length < MAX_DIGITS) this.#number = typed + String.fromCharCode(key);
    return false;
  }

  #choose(n: number): boolean {
    const item = this.#shown[n];
    item?.choose();
    return item !== undefined;
  }

  #select(n: number): void {
    this.#selected = n;
    if (n < this.#top) this.#top = n;
    else if (n >= this.#top + this.#rows) this.#top = n - this.#rows + 1;
  }

  #scroll(lines: number): void {
    this.#top = Math.min(Math.max(0, this.#top + lines), Math.max(0, this.#shown.length - this.#rows));
    this.#selected = Math.min(Math.max(this.#selected, this.#top), this.#top + this.#rows - 1);
  }

  /** Hides the items below the head, or shows them; there is only one session, so only one head. */
  #expand(expanded: boolean): void {
    if (expanded === this.#expanded || !this.items.some(({ head }) => head)) return;
    this.#expanded = expanded;
    if (!expanded) this.#select(0);
  }

  get #shown(): readonly Choice[] {
    return this.#expanded ? this.items : this.items.filter(({ head }) => head);
  }

  #label(n: number, item: Choice): string {
    const label = `(${this.#quickKeys[n] ?? this.items.indexOf(item)})`;
    return label.padStart(String(this.items.length - 1).length + 2);
  }

  /** Keys that choose an item at once: all that the list has no other use for. */
  get #quickKeys(): readonly string[] {
    const { bindings, manner } = this.options;
    const table = manner === 'vi' ? 'vi-choice' : 'emacs-choice';
    return Array.from(QUICK_KEYS).filter((char) => bindings.lookup(table, char.charCodeAt(0)) === undefined);
  }
}
