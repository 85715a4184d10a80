/**
 * What a terminal was told besides what stands on its screen: the tmux that plays the terminal has no format for it, so it
 * is read from the bytes.
 */
export class TerminalRecord {
  /** DECSCUSR's parameter; 0 is the terminal's own. */
  cursorShape = 0;
  /** Bells rung. */
  bells = 0;
  /** By number: DEC private modes that were set or reset. */
  readonly modes = new Map<number, boolean>();
  /** DECKPAM. */
  applicationKeypad = false;
  #rest = '';

  /** Takes the next bytes; a sequence may be cut anywhere. */
  add(bytes: Uint8Array): void {
    const text = this.#rest + Buffer.from(bytes).toString('latin1');
    let end = 0;
    for (const match of text.matchAll(TOKEN)) {
      end = match.index + match[0].length;
      this.#token(match[0]);
    }
    const open = text.indexOf('\u001B', end);
    this.#rest = open < 0 ? '' : text.slice(open);
  }

  #token(token: string): void {
    if (token === '\u0007') this.bells += 1;
    else if (token === '\u001B=') this.applicationKeypad = true;
    else if (token === '\u001B>') this.applicationKeypad = false;
    else if (token.endsWith(' q')) this.cursorShape = Number(token.slice(2, -2));
    else {
      const [, numbers, final] = /^\u001B\[\?([\d;]+)([hl])$/.exec(token) ?? [];
      for (const number of numbers?.split(';') ?? []) this.modes.set(Number(number), final === 'h');
    }
  }
}

// Whole sequences, so that a BEL that ends a title is no bell.
const TOKEN =
  /\u0007|\u001B[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)|\u001B\[[0-?]*[ -/]*[@-~]|\u001B[ -/]*[0-OQ-WYZ\\`-~]/g;
