import { parseAttributes, printAttributes } from './attributes.js';
import { parseColour, printColour } from './colours.js';
import {
  Attr,
  COLOUR_256,
  COLOUR_BASIC,
  COLOUR_KIND_MASK,
  COLOUR_VALUE_MASK,
  DEFAULT_COLOUR,
  DEFAULT_STYLE,
  type Colour,
  type Style,
} from './style.js';

/** tmux reads each part into a buffer of this size; a longer one spoils the style. */
const MAX_PART = 31;

/**
 * Reads a style: `fg=COLOUR`, `bg=COLOUR`, attributes, `noATTRIBUTE`, `none` (no attributes), `default`, separated by
 * commas or blanks, on top of `current`. `default`, `fg=default` and `bg=default` go back to `base`. Undefined where
 * any part is wrong: the whole then has no effect.
 */
export function parseStyle(
  text: string,
  current: Style = DEFAULT_STYLE,
  base: Style = DEFAULT_STYLE,
): Style | undefined {
  if (text === '') return current;
  if (/[ ,]$/.test(text)) return undefined;
  let { fg, bg, attr } = current;
  for (const part of text.split(/[ ,]+/)) {
    if (part.length > MAX_PART) return undefined;
    const lower = part.toLowerCase();
    if (lower === 'default') ({ fg, bg, attr } = base);
    else if (lower === 'none') attr = 0;
    else if (lower.length > 3 && lower.startsWith('g=', 1)) {
      const colour = parseColour(lower.slice(3));
      if (colour === undefined) return undefined;
      if (lower.startsWith('f')) fg = colour === DEFAULT_COLOUR ? base.fg : colour;
      else if (lower.startsWith('b')) bg = colour === DEFAULT_COLOUR ? base.bg : colour;
      else return undefined;
    } else {
      const off = lower.length > 2 && lower.startsWith('no');
      const bits = parseAttributes(off ? lower.slice(2) : lower);
      if (bits === undefined) return undefined;
      attr = off ? attr & ~bits : attr | bits;
    }
  }
  return { fg, bg, attr };
}

/** Writes a style so that `parseStyle` reads it back; `default` for the default one. */
export function printStyle(style: Style): string {
  const parts: string[] = [];
  if (style.fg !== DEFAULT_COLOUR) parts.push(`fg=${printColour(style.fg)}`);
  if (style.bg !== DEFAULT_COLOUR) parts.push(`bg=${printColour(style.bg)}`);
  if ((style.attr & ~Attr.charset) !== 0) parts.push(printAttributes(style.attr));
  return parts.length > 0 ? parts.join(',') : 'default';
}

/** Lays `over` on `under`: its colours where it has any, its attributes added. */
export function overlayStyle(under: Style, over: Style): Style {
  if (over.fg === DEFAULT_COLOUR && over.bg === DEFAULT_COLOUR && over.attr === 0) return under;
  return {
    fg: overlayColour(under.fg, over.fg),
    bg: overlayColour(under.bg, over.bg),
    attr: under.attr | over.attr,
  };
}

/** tmux 2.2 remembers that the colour below was one of 256: the number of a basic colour then counts as one of 256 too. */
function overlayColour(under: Colour, over: Colour): Colour {
  if (over === DEFAULT_COLOUR) return under;
  if ((under & COLOUR_KIND_MASK) !== COLOUR_256 || (over & COLOUR_KIND_MASK) !== COLOUR_BASIC) return over;
  const value = over & COLOUR_VALUE_MASK;
  return COLOUR_256 | (value < 8 ? value : value - 8 + 90);
}

export function sameStyle(a: Style, b: Style): boolean {
  return a.fg === b.fg && a.bg === b.bg && a.attr === b.attr;
}
