import { decodeBase64 } from './base64.js';
import type { Links } from './links.js';
import type { Screen } from './screen.js';

/** Longest title, in bytes of UTF-8. */
export const MAX_TITLE_BYTES = 1024;
/** Longest cursor colour, in bytes. */
export const MAX_COLOUR_BYTES = 64;

/** What a program sends besides its screen. */
export interface StringEvents {
  readonly links: Links;
  /** OSC 52 set the clipboard; the host drops it. `selection` is what the program named: `c`, `p`, … */
  onClipboard: ((data: Uint8Array, selection: string) => void) | undefined;
}

/** A string as it came; `cut` when it was longer than what is kept. */
type Taken = { readonly bytes: Uint8Array; readonly cut: boolean } | undefined;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const PREFIX = 'tmux;';
const CLIPBOARD = 52;
const ESC = 0x1b;
const OSC = 0x5d;
const BEL = 0x07;
const BACKSLASH = 0x5c;

/** Bytes as text, without control characters: it may be drawn, or sent to a terminal in a title. */
function textOf(bytes: Uint8Array, limit: number): string {
  return decoder.decode(bytes.subarray(0, limit)).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '');
}

/** OSC: `ESC ] n ; text BEL` or `ST`. */
export function endOsc(screen: Screen, taken: Taken, events: StringEvents): void {
  if (taken === undefined) return;
  const { option, rest } = split(taken.bytes);
  switch (option) {
    case 0:
    case 2:
      screen.title = textOf(rest, MAX_TITLE_BYTES);
      return;
    case 8:
      if (!taken.cut) screen.link = events.links.open(rest);
      return;
    case 12:
      if (rest[0] !== 0x3f) screen.cursorColour = textOf(rest, MAX_COLOUR_BYTES);
      return;
    case CLIPBOARD:
      if (!taken.cut) setClipboard(rest, events);
      return;
    case 112:
      if (rest.length === 0) screen.cursorColour = '';
      return;
    default:
  }
}

/** The number at the start of an OSC, as the host reads it, and the rest; undefined if there is no number. */
function split(bytes: Uint8Array): { readonly option: number | undefined; readonly rest: Uint8Array } {
  let at = 0;
  let option = 0;
  for (let byte = bytes[0]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[++at]) {
    option = (Math.imul(option, 10) + byte - 0x30) >>> 0;
  }
  return { option: at === 0 ? undefined : option, rest: bytes.subarray(bytes[at] === 0x3b ? at + 1 : at) };
}

/** APC: `ESC _ text ST` sets the title, as in screen. */
export function endApc(screen: Screen, taken: Taken): void {
  if (taken !== undefined) screen.title = textOf(taken.bytes, MAX_TITLE_BYTES);
}

/**
 * DCS: what `DCS tmux; … ST` means for the terminal behind tmux. Clipboard contents (OSC 52) in it are handled like any other;
 * nothing else is passed on, because a joiner's terminal might do anything with it.
 */
export function endDcs(taken: Taken, events: StringEvents): void {
  if (taken === undefined || taken.cut) return;
  const { bytes } = taken;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[i] !== PREFIX.charCodeAt(i)) return;
  for (let at = PREFIX.length; (at = bytes.indexOf(ESC, at)) >= 0; at++) {
    if (bytes[at + 1] !== OSC) continue;
    const end = bytes.findIndex((byte, n) => n > at + 1 && (byte === BEL || byte === ESC));
    if (end < 0) return;
    const isWhole = bytes[end] === BEL || bytes[end + 1] === BACKSLASH;
    const { option, rest } = split(bytes.subarray(at + 2, end));
    if (isWhole && option === CLIPBOARD) setClipboard(rest, events);
    at = end - 1;
  }
}

function setClipboard(rest: Uint8Array, events: StringEvents): void {
  const semicolon = rest.indexOf(0x3b);
  if (semicolon < 0 || events.onClipboard === undefined) return;
  const data = decodeBase64(rest.subarray(semicolon + 1));
  // `?` asks for the clipboard: no joiner's is given to a program.
  if (data !== undefined) events.onClipboard(data, textOf(rest.subarray(0, semicolon), 16));
}
