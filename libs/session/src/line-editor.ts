/** Longest line a prompt takes, in UTF-16 units: tmux's commands are far shorter, a pasted file is cut. */
export const MAX_LINE = 4096;

/** How many lines a prompt's history keeps. */
export const MAX_HISTORY = 100;

/** What an edit asks its owner to do. */
export type EditResult = 'edited' | 'accept' | 'cancel' | 'complete' | 'ignored';

/** A prompt's keys, by what they do; the names are those of tmux's edit tables. */
export type EditAction =
  | 'accept'
  | 'cancel'
  | 'complete'
  | 'backspace'
  | 'delete'
  | 'delete-line'
  | 'delete-to-end'
  | 'delete-word'
  | 'left'
  | 'right'
  | 'start'
  | 'end'
  | 'word-left'
  | 'word-right'
  | 'history-up'
  | 'history-down'
  | 'transpose'
  | 'paste';

const WORD_SEPARATORS = ' -_@';

/** One line being typed, by code points, with a cursor, a history and the last deleted text. */
export class LineEditor {
  #text: string[];
  #cursor: number;
  #historyIndex = 0;
  #killed: readonly string[] = [];

  /** `history` is the owner's, oldest first; accepting a line does not add to it: `remember` does. */
  constructor(
    initial: string,
    private readonly history: readonly string[] = [],
  ) {
    this.#text = [...initial].slice(0, MAX_LINE);
    this.#cursor = this.#text.length;
  }

  get text(): string {
    return this.#text.join('');
  }

  /** The text before the cursor. */
  get before(): string {
    return this.#text.slice(0, this.#cursor).join('');
  }

  /** Inserts text at the cursor; control characters become blanks, what is over `MAX_LINE` is dropped. */
  insert(text: string): EditResult {
    const characters = [...text]
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

  do(action: EditAction): EditResult {
    switch (action) {
      case 'accept':
      case 'cancel':
      case 'complete':
        return action;
      case 'backspace':
        return this.#cut(this.#cursor - 1, this.#cursor, false);
      case 'delete':
        return this.#cut(this.#cursor, this.#cursor + 1, false);
      case 'delete-line':
        return this.#cut(0, this.#text.length, true);
      case 'delete-to-end':
        return this.#cut(this.#cursor, this.#text.length, true);
      case 'delete-word':
        return this.#cut(this.#wordLeft(), this.#cursor, true);
      case 'left':
        return this.#move(this.#cursor - 1);
      case 'right':
        return this.#move(this.#cursor + 1);
      case 'start':
        return this.#move(0);
      case 'end':
        return this.#move(this.#text.length);
      case 'word-left':
        return this.#move(this.#wordLeft());
      case 'word-right':
        return this.#move(this.#wordRight());
      case 'history-up':
        return this.#recall(this.#historyIndex + 1);
      case 'history-down':
        return this.#recall(this.#historyIndex - 1);
      case 'transpose':
        return this.#transpose();
      case 'paste':
        return this.insert(this.#killed.join(''));
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

  #wordLeft(): number {
    let at = this.#cursor;
    while (at > 0 && WORD_SEPARATORS.includes(this.#text[at - 1] ?? '')) at -= 1;
    while (at > 0 && !WORD_SEPARATORS.includes(this.#text[at - 1] ?? '')) at -= 1;
    return at;
  }

  #wordRight(): number {
    let at = this.#cursor;
    while (at < this.#text.length && WORD_SEPARATORS.includes(this.#text[at] ?? '')) at += 1;
    while (at < this.#text.length && !WORD_SEPARATORS.includes(this.#text[at] ?? '')) at += 1;
    return at;
  }

  #recall(index: number): EditResult {
    if (index < 0 || index > this.history.length) return 'ignored';
    this.#historyIndex = index;
    this.#text = index === 0 ? [] : [...(this.history[this.history.length - index] ?? '')];
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
