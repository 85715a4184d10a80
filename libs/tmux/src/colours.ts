import { COLOUR_256, COLOUR_BASIC, COLOUR_KIND_MASK, COLOUR_VALUE_MASK, DEFAULT_COLOUR, type Colour } from './style.js';
import { parseNumber } from './numbers.js';

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** tmux's number of the terminal's default colour. */
const TMUX_DEFAULT = 8;
/** tmux's number of brightblack, as SGR's; the other bright ones follow. */
const TMUX_BRIGHT = 90;

/** What `parseColour` knows by name, in lower case: the names, and the numbers of tmux's old configuration files. */
const BY_NAME: ReadonlyMap<string, Colour> = new Map([
  ['default', DEFAULT_COLOUR],
  [String(TMUX_DEFAULT), DEFAULT_COLOUR],
  ...NAMES.flatMap((name, n): [string, Colour][] => [
    [name, COLOUR_BASIC | n],
    [String(n), COLOUR_BASIC | n],
    [`bright${name}`, COLOUR_BASIC | (n + 8)],
    [String(TMUX_BRIGHT + n), COLOUR_BASIC | (n + 8)],
  ]),
]);

/**
 * Reads a colour as tmux 2.2 does: `red`, `brightred`, `default`, `colour0` to `colour255`, `#rrggbb`. The last gives
 * the nearest of the 256, for that is what the host itself shows. Undefined for anything else.
 */
export function parseColour(text: string): Colour | undefined {
  const lower = text.toLowerCase();
  if (/^#[0-9a-f]{6}$/.test(lower)) return nearestOf256(Number.parseInt(lower.slice(1), 16));
  if (lower.startsWith('colour')) {
    const index = parseNumber(lower.slice('colour'.length), 0, 255);
    return typeof index === 'number' ? COLOUR_256 | index : undefined;
  }
  return BY_NAME.get(lower);
}

/** Writes a colour so that `parseColour` reads it back. */
export function printColour(colour: Colour): string {
  const value = colour & COLOUR_VALUE_MASK;
  switch (colour & COLOUR_KIND_MASK) {
    case COLOUR_BASIC:
      return `${value > 7 ? 'bright' : ''}${NAMES[value & 7] ?? ''}`;
    case COLOUR_256:
      return `colour${value & 0xff}`;
    case 0:
      return 'default';
    default:
      return `#${value.toString(16).padStart(6, '0')}`;
  }
}

/**
 * What the old options do (`status-bg`, `pane-border-fg`, …): they put tmux's number of a colour in the place of the
 * one before, and where that was one of the 256 it is still taken as one of the 256. `default` is number 8 there.
 */
export function replaceColour(before: Colour, after: Colour): Colour {
  if ((before & COLOUR_KIND_MASK) !== COLOUR_256) return after;
  const kind = after & COLOUR_KIND_MASK;
  const value = after & COLOUR_VALUE_MASK;
  if (kind === COLOUR_BASIC) return COLOUR_256 | (value > 7 ? TMUX_BRIGHT + value - 8 : value);
  return kind === 0 ? COLOUR_256 | TMUX_DEFAULT : after;
}

/** The levels of red, green and blue in the 6x6x6 cube of the 256 colours. */
const CUBE = [0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff] as const;

/** The nearest of the cube and the greys (16 to 255) by squared distance; of equals the first, so cube before grey. */
function nearestOf256(rgb: number): Colour {
  const parts = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
  const steps = parts.map(nearestStep);
  const cube = parts.reduce((sum, part, i) => sum + square(part - (CUBE[steps[i] ?? 0] ?? 0)), 0);

  const mean = parts.reduce((sum, part) => sum + part, 0) / 3;
  const grey = Math.min(23, Math.max(0, Math.ceil((mean - 8) / 10 - 0.5)));
  const greyDistance = parts.reduce((sum, part) => sum + square(part - (8 + 10 * grey)), 0);

  if (greyDistance < cube) return COLOUR_256 | (232 + grey);
  return COLOUR_256 | (16 + 36 * (steps[0] ?? 0) + 6 * (steps[1] ?? 0) + (steps[2] ?? 0));
}

function nearestStep(part: number): number {
  let best = 0;
  for (let step = 1; step < CUBE.length; step++) {
    if (Math.abs(part - (CUBE[step] ?? 0)) < Math.abs(part - (CUBE[best] ?? 0))) best = step;
  }
  return best;
}

const square = (n: number): number => n * n;
