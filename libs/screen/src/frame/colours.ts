import {
  Attr,
  COLOUR_256,
  COLOUR_BASIC,
  COLOUR_KIND_MASK,
  COLOUR_RGB,
  COLOUR_VALUE_MASK,
  DEFAULT_COLOUR,
  type Colour,
} from '#tmux';
import type { ColourDepth } from './capabilities.js';

/** The six levels of a channel in the cube of the 256 colours; 24 greys follow the cube, from 8 in steps of 10. */
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255] as const;
const GREYS = 24;

/** A hexadecimal digit a colour: which of the 16 tmux shows in place of each of the 256. */
const SIXTEEN_OF_256 =
  '0123456789abcdef' +
  '0444cc2644cc2264cc2226ccaaaaecaaaaae' +
  '1544cc3844cc2264cc2226ccaaaaecaaaaae' +
  '1154cc1154cc3384cc2226ccaaaaecaaaaae' +
  '1115cc1115cc1115cc3337ccaaaaecaaaaae' +
  '9999dc9999dc9999dc9999dcbbbb7caaaaae' +
  '99999d99999d99999d99999d99999dbbbbbf' +
  '000000888888777777ffffff';

/** The nearest of the 240 fixed colours of the 256, by the distance of their channels: the first of equal ones. */
export function nearest256(rgb: number): number {
  const channels = [(rgb >> 16) & 0xff, (rgb >> 8) & 0xff, rgb & 0xff];
  let index = 0;
  let best = 0;
  for (const value of channels) {
    const level = nearestLevel(value);
    index = index * 6 + level;
    best += ((CUBE_LEVELS[level] ?? 0) - value) ** 2;
  }
  for (let grey = 0; grey < GREYS; grey++) {
    const level = 8 + 10 * grey;
    const distance = channels.reduce((sum, value) => sum + (level - value) ** 2, 0);
    if (distance < best) {
      best = distance;
      index = 216 + grey;
    }
  }
  return 16 + index;
}

function nearestLevel(value: number): number {
  let best = 0;
  for (const [level, of] of CUBE_LEVELS.entries()) {
    if (Math.abs(of - value) < Math.abs((CUBE_LEVELS[best] ?? 0) - value)) best = level;
  }
  return best;
}

/** Which of the 16 colours replaces one of the 256. */
export function sixteenOf(index: number): number {
  return Number.parseInt(SIXTEEN_OF_256[index] ?? '0', 16);
}

/**
 * A foreground as a terminal of that depth shows it, and whether the text must be bold for it: with eight colours the
 * bright ones are bold. `bright` is undefined where boldness stays as it is.
 */
export function foregroundFor(colour: Colour, depth: ColourDepth): { colour: Colour; bright: boolean | undefined } {
  const kept = reduced(colour, depth);
  if (kept === undefined || depth === 0) return { colour: kept ?? DEFAULT_COLOUR, bright: undefined };
  const value = kept & COLOUR_VALUE_MASK;
  if ((kept & COLOUR_KIND_MASK) !== COLOUR_BASIC || depth > 8) {
    const mapped = (colour & COLOUR_KIND_MASK) > COLOUR_BASIC && (kept & COLOUR_KIND_MASK) === COLOUR_BASIC;
    return { colour: kept, bright: mapped && value < 8 ? false : undefined };
  }
  if (value >= 8) return { colour: COLOUR_BASIC | (value & 7), bright: true };
  return { colour: kept, bright: (colour & COLOUR_KIND_MASK) > COLOUR_BASIC ? false : undefined };
}

/** A background as a terminal of that depth shows it: with eight colours the bright ones are the plain ones. */
export function backgroundFor(colour: Colour, depth: ColourDepth): Colour {
  const kept = reduced(colour, depth) ?? DEFAULT_COLOUR;
  return (kept & COLOUR_KIND_MASK) === COLOUR_BASIC && depth <= 8 ? kept & ~8 : kept;
}

/** The colour in the largest set the terminal has; undefined where it has none. */
function reduced(colour: Colour, depth: ColourDepth): Colour | undefined {
  const kind = colour & COLOUR_KIND_MASK;
  if (kind === DEFAULT_COLOUR) return DEFAULT_COLOUR;
  if (depth === 0) return undefined;
  let value = colour & COLOUR_VALUE_MASK;
  if (kind === COLOUR_BASIC) return COLOUR_BASIC | (value & 15);
  if (kind === COLOUR_RGB) {
    if (depth > 256) return colour;
    value = nearest256(value);
  }
  value &= 0xff;
  return depth >= 256 ? COLOUR_256 | value : COLOUR_BASIC | sixteenOf(value);
}

/** The attributes and colours of a cell as the terminal shows them, packed for comparison by `Pen`. */
export interface ShownStyle {
  attr: number;
  fg: Colour;
  bg: Colour;
}

/** What of a cell's attributes and colours a terminal can show; written into `out`, which saves an object a cell. */
export function shownStyle(
  attr: number,
  fg: Colour,
  bg: Colour,
  term: { readonly colours: ColourDepth; readonly dim: boolean; readonly italics: boolean },
  out: ShownStyle,
): void {
  out.attr = attr & ~Attr.charset;
  out.fg = fg;
  out.bg = bg;
  if (!term.dim) out.attr &= ~Attr.dim;
  // tmux shows italics as standout if the terminal has no italics.
  if (!term.italics && (attr & Attr.italics) !== 0) out.attr = (out.attr & ~Attr.italics) | Attr.reverse;
  if (term.colours > 256) return;
  if (fg !== DEFAULT_COLOUR && (term.colours < 256 || (fg & COLOUR_KIND_MASK) === COLOUR_RGB)) {
    const shown = foregroundFor(fg, term.colours);
    out.fg = shown.colour;
    if (shown.bright === true) out.attr |= Attr.bright;
    else if (shown.bright === false) out.attr &= ~Attr.bright;
  }
  if (bg !== DEFAULT_COLOUR && (term.colours < 256 || (bg & COLOUR_KIND_MASK) === COLOUR_RGB)) {
    out.bg = backgroundFor(bg, term.colours);
    // Without colours reversing is the one way to mark a place.
    if (term.colours === 0) out.attr ^= Attr.reverse;
  }
}
