/** Colours a terminal has: none, 8, 16, 256 or all of 24 bits. */
export type ColourDepth = 0 | 8 | 16 | 256 | 16777216;

/** How a terminal that is not UTF-8 draws lines: by a designated set, by shifting to it, or not at all. */
export type LineDrawing = 'designate' | 'shift' | 'none';

/** What a joiner's terminal can do, as far as frames need it. Terminals with the same `key` get the same frames. */
export interface TermCapabilities {
  readonly key: string;
  readonly utf8: boolean;
  readonly lineDrawing: LineDrawing;
  readonly colours: ColourDepth;
  /** SGR 2 and SGR 3. */
  readonly dim: boolean;
  readonly italics: boolean;
  /** SGR 22 to 29 take single attributes back. */
  readonly attributesOff: boolean;
  /** SGR 39 and 49. */
  readonly coloursOff: boolean;
  /** Erasing paints the background colour. */
  readonly bce: boolean;
  /** ECH erases cells in place. */
  readonly ech: boolean;
  /** REP repeats the last character. */
  readonly rep: boolean;
  /** DECSTBM and what moves in it: line feed, reverse index. */
  readonly scrollRegion: boolean;
  /** SU and SD scroll the region wherever the cursor is. */
  readonly scroll: boolean;
  /** ICH and DCH. */
  readonly insertCharacters: boolean;
  /** CHA. */
  readonly columnAddress: boolean;
  readonly hideCursor: boolean;
  /** DECSCUSR. */
  readonly cursorShape: boolean;
  /** OSC 2. */
  readonly title: boolean;
  /** XTWINOPS 22 and 23 keep the title over our stay. */
  readonly titleStack: boolean;
  readonly mouse: boolean;
  readonly focus: boolean;
  readonly bracketedPaste: boolean;
  readonly alternateScreen: boolean;
  /** DEC mode 2026. */
  readonly synchronised: boolean;
  /**
   * OSC 8 (links), 12 (cursor colour) and 52 (clipboard); strings of those that it does not know it swallows without
   * showing them.
   */
  readonly strings: boolean;
  /** DECKPAM and DECCKM. */
  readonly keypad: boolean;
  /** The last cell of the screen can be written without scrolling. */
  readonly lastCell: boolean;
}

type Traits = Omit<TermCapabilities, 'key' | 'utf8'>;

const VT100: Traits = {
  lineDrawing: 'shift',
  colours: 0,
  dim: false,
  italics: false,
  attributesOff: false,
  coloursOff: false,
  bce: false,
  ech: false,
  rep: false,
  scrollRegion: true,
  scroll: false,
  insertCharacters: false,
  columnAddress: false,
  hideCursor: false,
  cursorShape: false,
  title: false,
  titleStack: false,
  mouse: false,
  focus: false,
  bracketedPaste: false,
  alternateScreen: false,
  synchronised: false,
  strings: false,
  keypad: true,
  lastCell: true,
};
const VT220: Traits = { ...VT100, ech: true, insertCharacters: true, hideCursor: true };
/** All that calls itself xterm: what the many imitations have in common. REP is not. */
const XTERM: Traits = {
  lineDrawing: 'designate',
  colours: 8,
  dim: true,
  italics: false,
  attributesOff: true,
  coloursOff: true,
  bce: true,
  ech: true,
  rep: false,
  scrollRegion: true,
  scroll: true,
  insertCharacters: true,
  columnAddress: true,
  hideCursor: true,
  cursorShape: true,
  title: true,
  titleStack: true,
  mouse: true,
  focus: true,
  bracketedPaste: true,
  alternateScreen: true,
  synchronised: false,
  strings: true,
  keypad: true,
  lastCell: true,
};
/** The terminals of our days that name themselves. */
const MODERN: Traits = { ...XTERM, colours: 16777216, italics: true, rep: true, synchronised: true };
const SCREEN: Traits = {
  ...XTERM,
  lineDrawing: 'shift',
  bce: false,
  ech: false,
  cursorShape: false,
  title: false,
  titleStack: false,
  strings: false,
};
const TMUX: Traits = { ...SCREEN, italics: true, ech: true, cursorShape: true, title: true, strings: true };
const LINUX: Traits = {
  ...XTERM,
  lineDrawing: 'shift',
  dim: false,
  scroll: false,
  cursorShape: false,
  title: false,
  titleStack: false,
  mouse: false,
  focus: false,
  bracketedPaste: false,
  alternateScreen: false,
  strings: false,
};
const RXVT: Traits = { ...XTERM, dim: false, titleStack: false, strings: false };
/** A terminal of another kind: what all that understand ANSI sequences do. */
const UNKNOWN: Traits = { ...VT100, colours: 8, hideCursor: true, lineDrawing: 'none', keypad: false };
/** It claims that it can do nothing; we draw on it anyway, because most terminals that claim this can do the rest. */
const DUMB: Traits = { ...VT100, lineDrawing: 'none', keypad: false, scrollRegion: false, lastCell: false };

/** Families by the start of TERM; the first that fits counts, so longer names stand first. */
const FAMILIES: readonly (readonly [start: string, traits: Traits])[] = [
  ['xterm-kitty', MODERN],
  ['xterm-ghostty', MODERN],
  ['ghostty', MODERN],
  ['alacritty', MODERN],
  ['foot', MODERN],
  ['wezterm', MODERN],
  ['contour', MODERN],
  ['rio', MODERN],
  ['xterm', XTERM],
  ['vte', XTERM],
  ['gnome', XTERM],
  ['konsole', XTERM],
  ['putty', { ...XTERM, titleStack: false, cursorShape: false, focus: false }],
  ['mintty', { ...XTERM, italics: true }],
  ['iterm', { ...XTERM, italics: true }],
  ['st-', { ...XTERM, italics: true, titleStack: false }],
  ['tmux', TMUX],
  ['screen', SCREEN],
  ['rxvt-unicode', { ...RXVT, italics: true }],
  ['rxvt', RXVT],
  ['Eterm', { ...RXVT, cursorShape: false, bracketedPaste: false, focus: false }],
  ['linux', LINUX],
  ['cons25', { ...LINUX, lineDrawing: 'none', keypad: false }],
  ['vt1', VT100],
  ['vt2', VT220],
  ['vt3', VT220],
  ['vt4', VT220],
  ['vt5', { ...VT220, columnAddress: true }],
  ['dumb', DUMB],
];

const made = new Map<string, TermCapabilities>();

/**
 * What the terminal `term` can do; an unknown name counts as a simple terminal. A COLORTERM of `truecolor` or `24bit` is
 * trusted if the terminal has colours.
 */
export function capabilitiesFor(term: string, utf8: boolean, colorTerm?: string): TermCapabilities {
  const family = FAMILIES.find(([start]) => term.startsWith(start))?.[1] ?? UNKNOWN;
  const colours = coloursOf(term, family, colorTerm);
  // An xterm with 256 colours is modern and has italics; plain "xterm" may be anything.
  const italics = family.italics || (family === XTERM && colours >= 256);
  const traits: Traits = { ...family, colours, italics };
  const key = `${utf8 ? 'utf8' : 'ascii'} ${Object.values(traits).map(String).join(' ')}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const capabilities = { key, utf8, ...traits };
  made.set(key, capabilities);
  return capabilities;
}

function coloursOf(term: string, family: Traits, colorTerm: string | undefined): ColourDepth {
  if (family.colours === 0) return 0;
  if (/^(truecolor|24bit)$/i.test(colorTerm ?? '') || /-direct/.test(term)) return 16777216;
  if (/-mono\b|-m$/.test(term)) return 0;
  const named = /256col|truecolor|-24bit/.test(term)
    ? /256col/.test(term)
      ? 256
      : 16777216
    : /-16col/.test(term)
      ? 16
      : 0;
  return Math.max(named, family.colours) as ColourDepth;
}

const plain = new WeakMap<TermCapabilities, TermCapabilities>();

/** The same terminal, with italics shown as standout, as tmux does for programs that run with TERM=screen. */
export function withoutItalics(term: TermCapabilities): TermCapabilities {
  if (!term.italics) return term;
  let without = plain.get(term);
  if (without === undefined) plain.set(term, (without = { ...term, italics: false, key: `${term.key} no italics` }));
  return without;
}
