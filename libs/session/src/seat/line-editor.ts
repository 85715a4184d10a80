import type { EditCommand } from '#tmux';

/** Longest line a prompt takes, in UTF-16 units: tmux's commands are far shorter, a pasted file is cut. */
export const MAX_LINE = 4096;

/** How many lines a prompt's history keeps. */
export const MAX_HISTORY = 100;

/** What an edit asks its owner to do. */
export type EditResult = 'edited' | 'enter' | 'cancel' | 'complete' | 'ignored';

/** What separates words in a prompt: tmux's own, which its option `word-separators` begins with. */
const WORD_SEPARATORS = ' -_@';

/** One line being typed, by code points, with a cursor, a history and the last deleted text. */
export class LineEditor {
  #text: string[];
  #cursor: number;
  #historyIndex = 0;
  #commandMode = false;
  #killed: readonly string[] = [];

  /** `history` is the owner's, oldest first; accepting a line does not add to it: `remember` does. */
  constructor(
    initial: string,
    private readonly history: readonly string[] = [],
    /** With vi's keys, a word ends at its last character, otherwise after it. */
    private readonly manner: 'vi' | 'emacs' = 'emacs',
  ) {
    this.#text = Array.from(initial).slice(0, MAX_LINE);
    this.#cursor = this.#text.length;
  }

  get text(): string {
    return this.#text.join('');
  }

  /** Whether keys are vi's commands, not text. */
  get commandMode(): boolean {
    return this.#commandMode;
  }

  /** The text before the cursor. */
  get before(): string {
    return this.#text.slice(0, this.#cursor).join('');
  }

  /** Inserts text at the cursor; control characters become blanks, and what exceeds `MAX_LINE` is dropped. */
  insert(text: string): EditResult {
    const characters = Array.from(text)
      .map((character) => (character < ' ' || character === '\x7f' ? ' ' : character))
      .slice(0, MAX_LINE - this.#text.length);
    if (characters.length === 0) return 'ignored';
    this.#text.splice(this.#cursor, 0, ...characters);
    this.#cursor += characters.length;
    return 'edited';
  }

  /** Puts `text` in place of the word that ends at the cursor. */
  replaceWord(text: string): void {
    let start = this.#cursor;
    while (start > 0 && this.#text[start - 1] !== ' ') start -= 1;
    this.#text.splice(start, this.#cursor - start);
    this.#cursor = start;
    this.insert(text);
  }

  /** Does what a key of the edit tables says. */
  do(command: EditCommand): EditResult {
    switch (command) {
      case 'enter':
      case 'cancel':
      case 'complete':
        return command;
      case 'backspace':
        return this.#cut(this.#cursor - 1, this.#cursor, false);
      case 'delete':
        return this.#cut(this.#cursor, this.#cursor + 1, false);
      case 'delete-line':
        return this.#cut(0, this.#text.length, true);
      case 'delete-end-of-line':
        return this.#cut(this.#cursor, this.#text.length, true);
      case 'delete-word':
        return this.#cut(this.#back(WORD_SEPARATORS), this.#cursor, true);
      case 'cursor-left':
        return this.#move(this.#cursor - 1);
      case 'cursor-right':
        return this.#move(this.#cursor + 1);
      case 'start-of-line':
        return this.#move(0);
      case 'end-of-line':
        return this.#move(this.#text.length);
      case 'previous-word':
        return this.#move(this.#back(WORD_SEPARATORS));
      case 'previous-space':
        return this.#move(this.#back(' '));
      case 'next-word':
        return this.#move(this.#forward(WORD_SEPARATORS));
      case 'next-space':
        return this.#move(this.#forward(' '));
      case 'next-word-end':
        return this.#move(this.#wordEnd(WORD_SEPARATORS));
      case 'next-space-end':
        return this.#move(this.#wordEnd(' '));
      case 'history-up':
        return this.#recall(this.#historyIndex + 1);
      case 'history-down':
        return this.#recall(this.#historyIndex - 1);
      case 'transpose-chars':
        return this.#transpose();
      case 'paste':
        return this.insert(this.#killed.join(''));
      default:
        return this.#switchMode(command);
    }
  }

  #move(to: number): EditResult {
    const cursor = Math.min(Math.max(to, 0), this.#text.length);
    if (cursor === this.#cursor) return 'ignored';
    this.#cursor = cursor;
    return 'edited';
  }

  #cut(from: number, to: number, keep: boolean): EditResult {
    const start = Math.max(from, 0);
    const cut = this.#text.splice(start, Math.max(0, to - start));
    if (cut.length === 0) return 'ignored';
    if (keep) this.#killed = cut;
    this.#cursor = start;
    return 'edited';
  }

  /** Where the word before the cursor begins. */
  #back(separators: string): number {
    let at = this.#cursor;
    while (at > 0 && this.#isOneOf(at - 1, separators)) at -= 1;
    while (at > 0 && !this.#isOneOf(at - 1, separators)) at -= 1;
    return at;
  }

  /** Where the next word begins. */
  #forward(separators: string): number {
    let at = this.#cursor;
    while (at < this.#text.length && !this.#isOneOf(at, separators)) at += 1;
    while (at < this.#text.length && this.#isOneOf(at, separators)) at += 1;
    return at;
  }

  /** Where this word ends, or the next one if the cursor is at an end. */
  #wordEnd(separators: string): number {
    let at = this.#cursor + 1;
    while (at < this.#text.length && this.#isOneOf(at, separators)) at += 1;
    while (at < this.#text.length && !this.#isOneOf(at, separators)) at += 1;
    const end = Math.min(at, this.#text.length);
    return this.manner === 'vi' ? Math.max(this.#cursor, end - 1) : end;
  }

  #isOneOf(at: number, separators: string): boolean {
    return separators.includes(this.#text[at] ?? '\n');
  }

  /** vi's two modes: a line begins as one that is typed into. */
  #switchMode(command: EditCommand): EditResult {
    this.#commandMode = command === 'switch-mode' ? !this.#commandMode : false;
    switch (command) {
      case 'switch-mode-append':
        this.#move(this.#cursor + 1);
        break;
      case 'switch-mode-append-line':
        this.#move(this.#text.length);
        break;
      case 'switch-mode-begin-line':
        this.#move(0);
        break;
      case 'switch-mode-change-line':
        this.#cut(this.#cursor, this.#text.length, true);
        break;
      case 'switch-mode-substitute':
        this.#cut(this.#cursor, this.#cursor + 1, false);
        break;
      case 'switch-mode-substitute-line':
        this.#cut(0, this.#text.length, true);
        break;
    }
    return 'edited';
  }

  #recall(index: number): EditResult {
    if (index < 0 || index > this.history.length) return 'ignored';
    this.#historyIndex = index;
    this.#text = index === 0 ? [] : Array.from(this.history[this.history.length - index] ?? '');
    this.#cursor = this.#text.length;
    return 'edited';
  }

  #transpose(): EditResult {
    const at = Math.min(Math.max(this.#cursor, 0) + 1, this.#text.length);
    const [left, right] = [this.#text[at - 2], this.#text[at - 1]];
    if (left === undefined || right === undefined) return 'ignored';
    this.#text[at - 2] = right;
    this.#text[at - 1] = left;
    this.#cursor = at;
    return 'edited';
  }
}

/** Adds an accepted line to a history: not an empty one, not the same twice running, at most `MAX_HISTORY`. */
export function remember(history: string[], line: string): void {
  if (line === '' || history.at(-1) === line) return;
  history.push(line);
  if (history.length > MAX_HISTORY) history.shift();
}
