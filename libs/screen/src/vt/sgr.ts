import { Attr, COLOUR_256, COLOUR_BASIC, COLOUR_RGB, DEFAULT_COLOUR, type Colour } from '#tmux';
import { paramOf, type Params } from './params.js';
import type { Pen } from './screen.js';

/** What SGR numbers below 30 turn on and off. */
const SET: readonly number[] = [
  0,
  Attr.bright,
  Attr.dim,
  Attr.italics,
  Attr.underscore,
  Attr.blink,
  0,
  Attr.reverse,
  Attr.hidden,
];
const UNSET: Readonly<Record<number, number>> = {
  22: Attr.bright | Attr.dim,
  23: Attr.italics,
  24: Attr.underscore,
  25: Attr.blink,
  27: Attr.reverse,
};

/**
 * SGR: `CSI … m`. Parameters with colons never get here: the host ignores the whole sequence. It knows no 21, 28 or 29,
 * and takes 10 for 0.
 */
export function selectGraphics(pen: Pen, params: Params): void {
  if (params.length === 0) resetPen(pen);
  for (let i = 0; i < params.length; i++) {
    const n = paramOf(params, i, 0, 0);
    if (n === 38 || n === 48) {
      i = extendedColour(pen, params, i, n === 38);
      continue;
    }
    if (n === 0 || n === 10) resetPen(pen);
    else if (n < 9) pen.attr |= SET[n] ?? 0;
    else if (n < 28) pen.attr &= ~(UNSET[n] ?? 0);
    else basicColour(pen, n);
  }
}

export function resetPen(pen: Pen): void {
  pen.attr = 0;
  pen.fg = DEFAULT_COLOUR;
  pen.bg = DEFAULT_COLOUR;
}

function basicColour(pen: Pen, n: number): void {
  if (n >= 30 && n <= 37) pen.fg = COLOUR_BASIC | (n - 30);
  else if (n === 39) pen.fg = DEFAULT_COLOUR;
  else if (n >= 40 && n <= 47) pen.bg = COLOUR_BASIC | (n - 40);
  else if (n === 49) pen.bg = DEFAULT_COLOUR;
  else if (n >= 90 && n <= 97) pen.fg = COLOUR_BASIC | (n - 82);
  else if (n >= 100 && n <= 107) pen.bg = COLOUR_BASIC | (n - 92);
}

/** `38;5;n` and `38;2;r;g;b` from parameter `index` on; returns the last parameter that it took. */
function extendedColour(pen: Pen, params: Params, index: number, foreground: boolean): number {
  const kind = paramOf(params, index + 1, 0, -1);
  if (kind === 5) {
    const n = paramOf(params, index + 2, 0, -1);
    setColour(pen, foreground, n === -1 ? DEFAULT_COLOUR : COLOUR_256 | (n & 0xff));
    return index + 2;
  }
  if (kind !== 2) return index + 1;
  let rgb = 0;
  for (let i = index + 2; i < index + 5; i++) {
    const part = paramOf(params, i, 0, -1);
    // The host stops at the invalid one and continues with the next as if it were the first.
    if (part === -1 || part > 255) return i;
    rgb = (rgb << 8) | part;
  }
  setColour(pen, foreground, COLOUR_RGB | rgb);
  return index + 4;
}

function setColour(pen: Pen, foreground: boolean, colour: Colour): void {
  if (foreground) pen.fg = colour;
  else pen.bg = colour;
}
