import { Key, KeyModifier, type KeyCode } from '#tmate-protocol';
import type { KeyEvent } from './key-event.js';
import { sgrMouse, urxvtMouse, x10Mouse } from './mouse-reports.js';
import { PasteReader } from './paste-reader.js';
import { csiKey, linuxKey, ss3Key } from './sequences.js';

/** How long to wait after an Escape, in milliseconds: it may be a key, or the beginning of one. */
export const ESCAPE_MS = 50;
/** No key, report or answer that matters is longer; what is gets dropped. */
const MAX_SEQUENCE = 64;
/** Most bytes of an answer in a string (OSC, DCS, APC) that are skipped; after that, bytes count as keys again. */
const MAX_STRING = 4096;

/**
 * The last letters of sequences that are keys elsewhere: `CSI 97;5u` of newer terminals, `CSI E` of keypads. The host's tmux does not
 * know them (tty-keys.c): it reads Meta-[ and characters.
 */
const UNKNOWN_TO_HOST = 'uE';

const ESC = 0x1b;
const BEL = 0x07;

/** How a terminal talks. */
export interface KeyReaderOptions {
  /** Whether it sends UTF-8; otherwise a byte is a Latin-1 character. */
  readonly utf8?: boolean;
  /** The byte that its erase key sends (VERASE of the pty request): 0x7f, or 8. */
  readonly erase?: number;
  /** Mouse reports that are neither SGR nor rxvt's have UTF-8 values. */
  readonly utf8Mouse?: boolean;
}

/** What was understood at a place of the input: the events, and how many bytes they took; 0 for more is needed. */
interface Read {
  readonly taken: number;
  readonly events: readonly KeyEvent[];
}
const MORE: Read = { taken: 0, events: [] };

/**
 * Turns the bytes of a terminal into keys, by tmux's names for them; it knows the sequences of all terminals at the same time,
 * because they hardly contradict each other. However the bytes are split, the events are the same, as long as nobody calls
 * `flush`. The owner has the clock: if `pending` is true after a `push`, it calls `flush` when `ESCAPE_MS` pass without another
 * one. At most about 70 bytes are held back.
 */
export class KeyReader {
  #held: Uint8Array = new Uint8Array(0);
  #paste: PasteReader | undefined;
  /** Inside an answer of this type, and how many bytes of it were read. */
  #string: 'osc' | 'dcs' | 'apc' | undefined;
  #stringLength = 0;
  /** In the rest of a sequence that is too long to be any. */
  #overlong = false;
  readonly #utf8: boolean;
  readonly #erase: number;
  readonly #utf8Mouse: boolean;

  constructor(options: KeyReaderOptions = {}) {
    this.#utf8 = options.utf8 ?? true;
    this.#erase = options.erase ?? 0x7f;
    this.#utf8Mouse = options.utf8Mouse ?? false;
  }

  /** Whether what is held back may be keys as it is: Escape, or Escape and a character that begins sequences. */
  get pending(): boolean {
    const held = this.#held;
    if (this.#paste !== undefined || this.#string !== undefined || held[0] !== ESC) return false;
    const from = held[1] === ESC ? 2 : 1;
    return held.length === from || (held.length === from + 1 && isIntroducer(held[from] ?? 0));
  }

  /** Takes bytes as they come and answers what they mean. */
  push(bytes: Uint8Array): KeyEvent[] {
    const events: KeyEvent[] = [];
    let input = bytes;
    if (this.#held.length > 0) {
      input = new Uint8Array(this.#held.length + bytes.length);
      input.set(this.#held);
      input.set(bytes, this.#held.length);
    }
    let at = 0;
    while (at < input.length) {
      const taken = this.#step(input, at, events);
      if (taken === 0) break;
      at += taken;
    }
    this.#held = input.slice(at);
    return events;
  }

  /** Nothing came for a while: what is `pending` are keys after all. */
  flush(): KeyEvent[] {
    if (!this.pending) return [];
    const held = this.#held;
    this.#held = new Uint8Array(0);
    if (held.length === 1) return [keyEvent(ESC)];
    if (held[1] === ESC) {
      return [keyEvent(ESC), keyEvent(held[2] === undefined ? ESC : held[2] + KeyModifier.meta)];
    }
    return [keyEvent((held[1] ?? 0) + KeyModifier.meta)];
  }

  #step(input: Uint8Array, at: number, events: KeyEvent[]): number {
    if (this.#paste !== undefined) {
      const taken = this.#paste.read(input.subarray(at), events);
      if (this.#paste.done) this.#paste = undefined;
      return taken;
    }
    if (this.#string !== undefined) return this.#skipString(input, at, events);
    if (this.#overlong) {
      if (isParameter(input[at]) || isIntermediate(input[at])) return 1;
      this.#overlong = false;
      const last = input[at] ?? 0;
      if (last >= 0x40 && last <= 0x7e) return 1;
    }
    const read = input[at] === ESC ? this.#escape(input, at) : this.#character(input, at, 0);
    events.push(...read.events);
    return read.taken;
  }

  #escape(input: Uint8Array, at: number): Read {
    const next = input[at + 1];
    switch (next) {
      case undefined:
        return MORE;
      case 0x5b:
        return this.#csi(input, at + 2);
      case 0x4f:
        return this.#ss3(input, at + 2);
      case ESC:
        return this.#escapeTwice(input, at);
      case 0x5d:
        return this.#stringOr(input, at, 'osc', (byte) => byte >= 0x30 && byte <= 0x39);
      case 0x50:
        return this.#stringOr(
          input,
          at,
          'dcs',
          (byte) => (byte >= 0x30 && byte <= 0x39) || byte === 0x3e || byte === 0x21,
        );
      case 0x5f:
        return this.#stringOr(input, at, 'apc', (byte) => byte === 0x47);
      default: {
        const read = this.#character(input, at + 1, KeyModifier.meta);
        return read.taken === 0 ? read : { taken: read.taken + 1, events: read.events };
      }
    }
  }

  /** Escape before a key's own sequence is Meta; before anything else it is a key. */
  #escapeTwice(input: Uint8Array, at: number): Read {
    const alone: Read = { taken: 1, events: [keyEvent(ESC)] };
    const third = input[at + 2];
    if (third === undefined) return MORE;
    if (third !== 0x5b && third !== 0x4f) return alone;
    const read = this.#escape(input, at + 1);
    if (read.taken === 0) return read;
    const [event] = read.events;
    if (this.#paste !== undefined || event?.kind !== 'key' || read.events.length > 1) {
      return { taken: read.taken + 1, events: [keyEvent(ESC), ...read.events] };
    }
    const had = Math.floor(event.key / KeyModifier.meta) % 2 === 1;
    return { taken: read.taken + 1, events: [keyEvent(had ? event.key : event.key + KeyModifier.meta)] };
  }

  /** An answer in a string, if what follows looks like one; otherwise the key that its begin would be. */
  #stringOr(input: Uint8Array, at: number, type: 'osc' | 'dcs' | 'apc', begins: (byte: number) => boolean): Read {
    const first = input[at + 2];
    if (first === undefined) return MORE;
    if (!begins(first)) return { taken: 2, events: [keyEvent((input[at + 1] ?? 0) + KeyModifier.meta)] };
    this.#string = type;
    this.#stringLength = 0;
    return { taken: 3, events: [] };
  }

  #skipString(input: Uint8Array, at: number, events: KeyEvent[]): number {
    const type = this.#string ?? 'osc';
    for (let i = at; i < input.length; i++) {
      const byte = input[i] ?? 0;
      const ends = byte === BEL || byte === 0x18 || byte === 0x1a;
      if (byte === ESC && i + 1 === input.length) return i - at;
      const terminated = byte === ESC && input[i + 1] === 0x5c;
      if (!ends && byte !== ESC && ++this.#stringLength < MAX_STRING) continue;
      this.#string = undefined;
      events.push({ kind: 'response', type });
      // Any other sequence ends the string and is handled normally.
      return i - at + (terminated ? 2 : byte === ESC ? 0 : 1) || this.#step(input, i, events);
    }
    return input.length - at;
  }

  #csi(input: Uint8Array, from: number): Read {
    const first = input[from];
    if (first === undefined) return MORE;
    if (first === 0x5b) {
      const letter = input[from + 1];
      if (letter === undefined) return MORE;
      return csiRead(4, linuxKey(String.fromCharCode(letter)));
    }
    if (first === 0x4d) return this.#x10(input, from + 1);
    let at = from;
    while (isParameter(input[at]) && at - from <= MAX_SEQUENCE) at++;
    const text = latin1(input, from, at);
    // rxvt ends shifted keys with what begins the end of answers elsewhere.
    if (input[at] === 0x24 && /^\d{1,2}$/.test(text)) {
      const key = csiKey(text, '$');
      if (key !== undefined) return csiRead(at + 1 - from + 2, key);
    }
    const middle = at;
    while (isIntermediate(input[at]) && at - from <= MAX_SEQUENCE) at++;
    if (at - from > MAX_SEQUENCE) {
      this.#overlong = true;
      return csiRead(at - from + 2, undefined);
    }
    const last = input[at];
    if (last === undefined) return MORE;
    const taken = at + 1 - from + 2;
    if (last < 0x40 || last > 0x7e) {
      // Not a sequence at all: Meta-[ if nothing else was there, else something broken.
      return at === from ? { taken: 2, events: [keyEvent(0x5b + KeyModifier.meta)] } : csiRead(taken - 1, undefined);
    }
    if (at > middle) return csiRead(taken, undefined);
    return this.#csiEvent(text, String.fromCharCode(last), taken);
  }

  #csiEvent(text: string, final: string, taken: number): Read {
    if (text.startsWith('<') && (final === 'M' || final === 'm'))
      return eventRead(taken, sgrMouse(text.slice(1), final));
    if (/^[<-?]/.test(text)) return csiRead(taken, undefined);
    if (final === 'M') return eventRead(taken, urxvtMouse(text));
    if (text === '' && (final === 'I' || final === 'O')) {
      return { taken, events: [{ kind: 'focus', focused: final === 'I' }] };
    }
    if (final === '~' && text === '200') {
      this.#paste = new PasteReader(this.#utf8);
      return { taken, events: [] };
    }
    if (UNKNOWN_TO_HOST.includes(final)) return { taken: 2, events: [keyEvent(0x5b + KeyModifier.meta)] };
    return csiRead(taken, csiKey(text, final));
  }

  #x10(input: Uint8Array, from: number): Read {
    const values: number[] = [];
    let at = from;
    while (values.length < 3) {
      const byte = input[at];
      if (byte === undefined) return MORE;
      const second = input[at + 1];
      if (this.#utf8Mouse && byte >= 0xc2 && byte < 0xe0) {
        if (second === undefined) return MORE;
        values.push(((byte & 0x1f) << 6) | (second & 0x3f));
        at += 2;
      } else {
        values.push(byte);
        at++;
      }
    }
    const [code = 0, x = 0, y = 0] = values;
    return eventRead(at - from + 3, x10Mouse(code, x, y));
  }

  #ss3(input: Uint8Array, from: number): Read {
    let at = from;
    while (at - from < 8 && isModifierText(input[at])) at++;
    const last = input[at];
    if (last === undefined) return MORE;
    const key = last === ESC ? undefined : ss3Key(latin1(input, from, at), String.fromCharCode(last));
    if (key !== undefined) return { taken: at + 1 - from + 2, events: [keyEvent(key)] };
    return { taken: 2, events: [keyEvent(0x4f + KeyModifier.meta)] };
  }

  #character(input: Uint8Array, at: number, modifiers: number): Read {
    const byte = input[at] ?? 0;
    if (byte === this.#erase) return { taken: 1, events: [keyEvent(Key.BSpace + modifiers)] };
    if (byte < 0x80 || !this.#utf8) return { taken: 1, events: [keyEvent(byte + modifiers)] };
    const length =
      byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 0;
    // As in tmux (tty_keys_next): a byte that cannot begin a character counts as a Latin-1 character.
    if (length === 0) return { taken: 1, events: [keyEvent(byte + modifiers)] };
    let codePoint = byte & (0xff >> (length + 1));
    for (let i = 1; i < length; i++) {
      const next = input[at + i];
      if (next === undefined) return MORE;
      // Begun and not continued: no key. tmux drops up to three keys after it too, if they come at once.
      if ((next & 0xc0) !== 0x80) return { taken: i, events: [] };
      codePoint = (codePoint << 6) | (next & 0x3f);
    }
    const least = length === 3 ? 0x800 : length === 4 ? 0x10000 : 0x80;
    const valid = codePoint >= least && codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
    return { taken: length, events: valid ? [keyEvent(codePoint + modifiers)] : [] };
  }
}

function keyEvent(key: KeyCode): KeyEvent {
  return { kind: 'key', key };
}

function csiRead(taken: number, key: KeyCode | undefined): Read {
  return { taken, events: [key === undefined ? { kind: 'response', type: 'csi' } : keyEvent(key)] };
}

function eventRead(taken: number, event: KeyEvent | undefined): Read {
  return { taken, events: [event ?? { kind: 'response', type: 'csi' }] };
}

function isIntroducer(byte: number): boolean {
  return byte === 0x5b || byte === 0x4f || byte === 0x5d || byte === 0x50 || byte === 0x5f;
}

function isParameter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x3f;
}

function isIntermediate(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte <= 0x2f;
}

function isModifierText(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x3b);
}

function latin1(input: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...input.subarray(from, Math.min(to, from + MAX_SEQUENCE + 1)));
}
