import { KEY_BASE, type KeyCode } from '#tmate-protocol';

/** Characters of a password that are kept; it has at most 256 bytes, so a longer one is wrong. */
const MAX_CHARACTERS = 256;

const [BACKSPACE, DELETE, ENTER, LINE_FEED, CTRL_C, CTRL_D, CTRL_U] = [8, 0x7f, 0x0d, 0x0a, 3, 4, 0x15];

/** What a key at a hidden line means for its owner. */
export type HiddenKey = 'typed' | 'enter' | 'leave';

/** A line that nobody sees while it is typed. What is too long is not kept. */
export class HiddenLine {
  #characters: string[] = [];
  #isTooLong = false;

  get isEmpty(): boolean {
    return this.#characters.length === 0;
  }

  /** Takes a key; those that are no text, and do nothing here, are passed over. */
  key(key: KeyCode): HiddenKey {
    if (key === ENTER || key === LINE_FEED) return 'enter';
    if (key === CTRL_C || key === CTRL_D) return 'leave';
    if (key === CTRL_U) this.clear();
    else if (key === BACKSPACE || key === DELETE) this.#characters.pop();
    else if (key >= 0x20 && key < KEY_BASE) this.#add(String.fromCodePoint(key));
    return 'typed';
  }

  /** Takes what was pasted, up to the first control character: it is not sent by a line's end in it. */
  paste(text: string): void {
    const end = text.search(/\p{Cc}/u);
    for (const character of end < 0 ? text : text.slice(0, end)) this.#add(character);
  }

  /** What was typed, which is forgotten; undefined if it is longer than a password can be. */
  take(): string | undefined {
    const text = this.#isTooLong ? undefined : this.#characters.join('');
    this.clear();
    return text;
  }

  clear(): void {
    this.#characters = [];
    this.#isTooLong = false;
  }

  #add(character: string): void {
    if (this.#characters.length < MAX_CHARACTERS) this.#characters.push(character);
    else this.#isTooLong = true;
  }
}
