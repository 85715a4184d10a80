/**
 * A colour in one number. Bits 24 and 25 say which kind it is, bits 0 to 23 which one:
 *
 * ```
 * kind 0  default            value 0
 * kind 1  basic, aixterm     0 to 7 as SGR 30-37, 8 to 15 as SGR 90-97 (tmux: red, brightred)
 * kind 2  of the 256         0 to 255 as SGR 38;5;n (tmux: colour0 to colour255)
 * kind 3  24 bits            0xRRGGBB as SGR 38;2;r;g;b (tmux: #rrggbb)
 * ```
 *
 * Kinds 1 and 2 stay apart although they overlap: a terminal may show them differently.
 */
export type Colour = number;

/** The terminal's own foreground or background. */
export const DEFAULT_COLOUR: Colour = 0;
/** The bits of a colour that say its kind. */
export const COLOUR_KIND_MASK = 0x3000000;
/** The kind of one of the 16 basic colours. */
export const COLOUR_BASIC = 0x1000000;
/** The kind of a colour of the 256-colour palette. */
export const COLOUR_256 = 0x2000000;
/** The kind of a colour that is given as RGB. */
export const COLOUR_RGB = 0x3000000;
/** The bits of a colour that say which one of its kind it is. */
export const COLOUR_VALUE_MASK = 0xffffff;
/** All bits of a colour. */
export const COLOUR_MASK = 0x3ffffff;

/** A cell's attributes, as bits: the values are those of a tmate SNAPSHOT's cells. */
export const Attr = {
  bright: 0x1,
  dim: 0x2,
  underscore: 0x4,
  blink: 0x8,
  reverse: 0x10,
  hidden: 0x20,
  italics: 0x40,
  /** The character is of the DEC line-drawing set. */
  charset: 0x80,
} as const;

/** How text looks: both colours and the `Attr` bits. */
export interface Style {
  readonly fg: Colour;
  readonly bg: Colour;
  readonly attr: number;
}

/** Default colours and no attributes. */
export const DEFAULT_STYLE: Style = { fg: DEFAULT_COLOUR, bg: DEFAULT_COLOUR, attr: 0 };

/** Text of one style; a status line is a list of them. */
export interface StyledText {
  readonly text: string;
  readonly style: Style;
}
