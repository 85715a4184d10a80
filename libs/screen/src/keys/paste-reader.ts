import type { KeyEvent } from './key-event.js';

/** How many bytes of a paste one event has at most. */
export const MAX_PASTE_PIECE = 16 * 1024;
/** `CSI 201 ~`: the end of a paste. */
const END = [0x1b, 0x5b, 0x32, 0x30, 0x31, 0x7e] as const;

const utf8Decoder = () => new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads what a terminal sends between the marks of a bracketed paste, of any size, in pieces. */
export class PasteReader {
  readonly #decoder: ReturnType<typeof utf8Decoder> | undefined;
  done = false;

  constructor(utf8: boolean) {
    this.#decoder = utf8 ? utf8Decoder() : undefined;
  }

  /** Adds what is in `input` to `events`; returns how much of it was taken: not what may be half of the end's mark. */
  read(input: Uint8Array, events: KeyEvent[]): number {
    for (let from = 0; ;) {
      const mark = input.indexOf(END[0], from);
      if (mark === -1) {
        this.#add(input, events);
        return input.length;
      }
      const matched = matchLength(input, mark);
      if (matched === END.length) {
        this.#add(input.subarray(0, mark), events);
        this.done = true;
        events.push({ kind: 'paste', text: this.#decode(new Uint8Array(0), true), last: true });
        return mark + matched;
      }
      if (mark + matched === input.length) {
        this.#add(input.subarray(0, mark), events);
        return mark;
      }
      // An Escape that was pasted.
      from = mark + 1;
    }
  }

  #add(bytes: Uint8Array, events: KeyEvent[]): void {
    for (let at = 0; at < bytes.length; at += MAX_PASTE_PIECE) {
      const text = this.#decode(bytes.subarray(at, at + MAX_PASTE_PIECE), false);
      if (text !== '') events.push({ kind: 'paste', text, last: false });
    }
  }

  #decode(bytes: Uint8Array, last: boolean): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes, { stream: !last });
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  }
}

/** How many bytes from `at` on are the begin of the end's mark. */
function matchLength(input: Uint8Array, at: number): number {
  let matched = 0;
  while (matched < END.length && input[at + matched] === END[matched]) matched++;
  return matched;
}
