import { promptRow, type Picture } from '#screen';
import type { EditCommand, ModeKeys, Style } from '#tmux';
import { KEY_BASE, type KeyCode } from '#tmate-protocol';
import { LineEditor, remember } from './line-editor.js';
import { withLine } from './seat-message.js';
import type { SeatMode } from './seat-mode.js';

/** How a prompt looks, and where. */
export interface PromptLook {
  readonly style: Style;
  /** While keys are vi's commands: `message-command-style`. */
  readonly commandStyle: Style;
  /** The line that it covers, from the top; negative counts from the bottom. */
  readonly line: number;
}

export interface PromptDeps {
  readonly look: PromptLook;
  readonly modeKeys: ModeKeys;
  /** `status-keys`. */
  readonly manner: 'vi' | 'emacs';
  /** The seat's, oldest first: accepted lines are added to it. */
  readonly history: string[];
  /** Completes the word before the cursor. */
  readonly complete: (word: string) => string | undefined;
}

/** Asks for one line, or, with `singleKey`, for one key. */
export class Prompt implements SeatMode {
  readonly #editor: LineEditor;
  #drawn: { base: Picture; text: string; picture: Picture } | undefined;

  constructor(
    private readonly question: string,
    initial: string,
    private readonly deps: PromptDeps,
    /** Called once, with the answer; a cancelled prompt does not call it. */
    private readonly answer: (text: string) => void,
    private readonly singleKey = false,
  ) {
    this.#editor = new LineEditor(initial, deps.history, deps.manner);
  }

  key(key: KeyCode): boolean {
    const character = key >= 0x20 && key !== 0x7f && key < KEY_BASE ? String.fromCodePoint(key) : undefined;
    if (this.singleKey) {
      if (character !== undefined) this.answer(character);
      return true;
    }
    const { modeKeys, manner } = this.deps;
    const binding = modeKeys.lookup(`${manner}-edit`, key, this.#editor.commandMode);
    if (binding === undefined) {
      if (character !== undefined && !this.#editor.commandMode) this.#editor.insert(character);
      return false;
    }
    switch (this.#editor.do(binding.command as EditCommand)) {
      case 'enter':
        remember(this.deps.history, this.#editor.text);
        this.answer(this.#editor.text);
        return true;
      case 'cancel':
        return true;
      case 'complete':
        this.#complete();
        return false;
      case 'edited':
      case 'ignored':
        return false;
    }
  }

  paste(text: string): void {
    if (!this.singleKey) this.#editor.insert(text.replace(/[\r\n].*/s, ''));
  }

  draw(base: Picture): Picture {
    const { text, before, commandMode } = this.#editor;
    const drawn = this.#drawn;
    const state = `${commandMode ? 'command' : ''}\0${before}\0${text}`;
    if (drawn?.base === base && drawn.text === state) return drawn.picture;
    const { style: typing, commandStyle, line } = this.deps.look;
    const style = commandMode ? commandStyle : typing;
    const { row } = promptRow({ prompt: this.question, input: text, cursor: before.length }, style, base.cols);
    const picture = withLine(base, line < 0 ? base.rows + line : line, row);
    this.#drawn = { base, text: state, picture };
    return picture;
  }

  #complete(): void {
    const word = /[^ ]*$/.exec(this.#editor.before)?.[0] ?? '';
    const completed = this.deps.complete(word);
    if (completed !== undefined) this.#editor.replaceWord(completed);
  }
}
