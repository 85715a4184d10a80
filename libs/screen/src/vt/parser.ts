import { dispatchCsi } from './csi.js';
import { dispatchControl, dispatchEsc } from './esc.js';
import { endApc, endDcs, endOsc, type StringEvents } from './osc.js';
import { Params } from './params.js';
import { Action, State, STATES, STAY, TRANSITIONS } from './parser-table.js';
import { printAscii, printCodePoint } from './print.js';
import type { Screen } from './screen.js';

/** The host collects strings up to this, in bytes, and ignores longer ones. */
const HOST_STRING_LIMIT = 1_048_575;
/** What is kept of a string, in bytes; longer ones are cut, or dropped where a part makes no sense. */
export const MAX_STRING_BYTES = 128 * 1024;
const MAX_INTERMEDIATES = 3;
const NO_BYTES = new Uint8Array(0);
/** 1 for the states that begin with something to do. */
const ENTERED = new Uint8Array(STATES);
for (const state of [State.ground, State.escape, State.csi, State.dcs, State.osc, State.apc, State.rename])
  ENTERED[state] = 1;

/** Splits a program's output into characters, controls and sequences, and has them done. */
export class Parser {
  state: number = State.ground;
  readonly params = new Params();
  /** 0 for none, the character for one, -1 for more. */
  intermediate = 0;
  intermediates = 0;
  /** The sequence must be ignored: it has too many intermediates. */
  discard = false;
  /** Code point so far, of a character that is split. */
  codePoint = 0;
  codePointBytes = 0;
  #string: Uint8Array = NO_BYTES;
  /** Bytes of the string so far, kept or not. */
  #stringLength = 0;

  constructor(
    private readonly screen: Screen,
    private readonly events: StringEvents,
  ) {}

  parse(data: Uint8Array): void {
    const { screen } = this;
    const { length } = data;
    let { state } = this;
    let i = 0;
    while (i < length) {
      const byte = data[i] ?? 0;
      if (state === State.ground && byte >= 0x20 && byte < 0x7f) {
        i = printAscii(screen, data, i);
        continue;
      }
      i++;
      if (state === State.ground && byte === 0x1b) {
        const end = this.#quickCsi(data, i);
        if (end > i) {
          i = end;
          continue;
        }
      }
      const transition = TRANSITIONS[(state << 8) | byte] ?? STAY;
      const action = transition >>> 8;
      if (action !== Action.none) this.#act(action, byte);
      const next = transition & 0xff;
      if (next !== STAY) {
        if (state >= State.osc) this.#leave(state);
        state = next;
        if (ENTERED[state] === 1) this.#enter(state);
      }
    }
    this.state = state;
  }

  /** Forgets a sequence that has begun. */
  reset(): void {
    this.state = State.ground;
    this.#clear();
  }

  /** The string so far, for `freeze`. */
  get string(): { readonly bytes: Uint8Array; readonly length: number } {
    return {
      bytes: this.#string.subarray(0, Math.min(this.#stringLength, MAX_STRING_BYTES)),
      length: this.#stringLength,
    };
  }

  restoreString(bytes: Uint8Array, length: number): void {
    this.#string = bytes.slice();
    this.#stringLength = length;
  }

  /**
   * Does the control sequence that follows an ESC before `from` at once, if it is all there and of the usual kind;
   * returns where it ends, or `from`.
   */
  #quickCsi(data: Uint8Array, from: number): number {
    if (from + 1 >= data.length || data[from] !== 0x5b) return from;
    const question = data[from + 1] === 0x3f;
    const end = this.params.scan(data, question ? from + 2 : from + 1);
    const final = end < 0 || end >= data.length ? 0 : (data[end] ?? 0);
    if (final < 0x40 || final > 0x7e) return from;
    dispatchCsi(this.screen, final, question ? 0x3f : 0, this.params);
    return end + 1;
  }

  #act(action: number, byte: number): void {
    switch (action) {
      case Action.control:
        return dispatchControl(this.screen, byte);
      case Action.param:
        return this.params.add(byte);
      case Action.intermediate:
        if (this.intermediates === MAX_INTERMEDIATES) this.discard = true;
        else this.intermediate = this.intermediates++ === 0 ? byte : -1;
        return;
      case Action.csiDispatch:
        if (!this.discard && this.params.finish()) dispatchCsi(this.screen, byte, this.intermediate, this.params);
        return;
      case Action.escDispatch:
        if (!this.discard) dispatchEsc(this.screen, byte, this.intermediate);
        return;
      case Action.string:
        return this.#collect(byte);
      case Action.dcsDispatch:
        return endDcs(this.#taken(), this.events);
      case Action.utf8Open:
        this.codePointBytes = 1;
        this.codePoint = byte & (byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07);
        return;
      default:
        return this.#continueCodePoint(byte, action === Action.utf8Close);
    }
  }

  #continueCodePoint(byte: number, last: boolean): void {
    this.codePoint = (this.codePoint << 6) | (byte & 0x3f);
    this.codePointBytes++;
    if (!last) return;
    const { codePoint, codePointBytes } = this;
    const overlong = codePoint < (codePointBytes === 4 ? 0x10000 : codePointBytes === 3 ? 0x800 : 0x80);
    if (!overlong) printCodePoint(this.screen, codePoint);
  }

  #enter(state: number): void {
    if (state !== State.ground) this.#clear();
    else if (this.#stringLength > 0) {
      this.#string = NO_BYTES;
      this.#stringLength = 0;
    }
  }

  /** A string takes effect however it ends. */
  #leave(state: number): void {
    if (state === State.osc) endOsc(this.screen, this.#taken(), this.events);
    else if (state === State.apc) endApc(this.screen, this.#taken());
  }

  #clear(): void {
    this.params.clear();
    this.intermediate = 0;
    this.intermediates = 0;
    this.discard = false;
    this.#stringLength = 0;
  }

  #collect(byte: number): void {
    const at = this.#stringLength++;
    if (at >= MAX_STRING_BYTES) return;
    if (at >= this.#string.length) {
      const grown = new Uint8Array(Math.min(MAX_STRING_BYTES, Math.max(64, at * 2)));
      grown.set(this.#string);
      this.#string = grown;
    }
    this.#string[at] = byte;
  }

  #taken(): { bytes: Uint8Array; cut: boolean } | undefined {
    if (this.discard || this.#stringLength >= HOST_STRING_LIMIT) return undefined;
    return { bytes: this.string.bytes, cut: this.#stringLength > MAX_STRING_BYTES };
  }
}
