import type { TermCapabilities } from './capabilities.js';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * OSC 52: puts bytes into a terminal's clipboard. `selection` names which one (letters of `cpqs` and digits; empty is the
 * terminal's own choice). Nothing for a terminal that has none.
 */
export function clipboardSequence(data: Uint8Array, selection: string, term: TermCapabilities): Uint8Array {
  if (!term.strings) return new Uint8Array(0);
  const which = /^[cpqs0-7]{0,8}$/.test(selection) ? selection : '';
  return new TextEncoder().encode(`\u{1b}]52;${which};${base64(data)}\u{7}`);
}

function base64(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < data.length; at += 3) {
    const bits = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    const taken = Math.min(4, data.length - at + 1);
    for (let n = 0; n < 4; n++) text += n < taken ? DIGITS.charAt((bits >> (18 - 6 * n)) & 63) : '=';
  }
  return text;
}
