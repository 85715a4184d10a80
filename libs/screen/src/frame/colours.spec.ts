import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attr, COLOUR_256, COLOUR_BASIC, COLOUR_RGB, type Colour } from '#tmux';
import type { ColourDepth } from './capabilities.js';
import { nearest256, shownStyle, sixteenOf } from './colours.js';

const LEVELS = [0, 95, 135, 175, 215, 255];
const FIXED = [
  ...LEVELS.flatMap((r) => LEVELS.flatMap((g) => LEVELS.map((b) => [r, g, b] as const))),
  ...Array.from({ length: 24 }, (_, n) => [8 + 10 * n, 8 + 10 * n, 8 + 10 * n] as const),
];

/** The first of the nearest among all 240, looked for one by one. */
function slowNearest(rgb: number): number {
  const wanted = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
  const distances = FIXED.map((colour) => colour.reduce((sum, of, i) => sum + (of - (wanted[i] ?? 0)) ** 2, 0));
  return 16 + distances.indexOf(Math.min(...distances));
}

describe('nearest256', () => {
  it('is the nearest of all, the first of equal ones', () => {
    fc.assert(
      fc.property(fc.nat(0xffffff), (rgb) => {
        expect(nearest256(rgb)).toBe(slowNearest(rgb));
      }),
      { numRuns: 500 },
    );
    for (const [index, [r, g, b]] of FIXED.entries()) expect(nearest256((r << 16) | (g << 8) | b)).toBe(16 + index);
  });

  it('is what a host shows for a colour it was seen with', () => {
    expect(nearest256(0x0ac85a)).toBe(41);
  });
});

describe('sixteenOf', () => {
  it('keeps the 16, and finds the likest of the others as tmux does', () => {
    for (let n = 0; n < 16; n++) expect(sixteenOf(n)).toBe(n);
    expect([196, 46, 21, 226, 231, 16, 244, 255, 130].map(sixteenOf)).toEqual([9, 10, 12, 11, 15, 0, 7, 15, 1]);
  });
});

describe('shownStyle', () => {
  const shown = (attr: number, fg: Colour, bg: Colour, colours: ColourDepth, more = {}) => {
    const out = { attr: 0, fg: 0, bg: 0 };
    shownStyle(attr, fg, bg, { colours, dim: true, italics: true, ...more }, out);
    return out;
  };
  const orange = COLOUR_RGB | 0xff8700;

  it('goes down from 24 bits to what the terminal has', () => {
    expect(shown(0, orange, orange, 16777216)).toEqual({ attr: 0, fg: orange, bg: orange });
    expect(shown(0, orange, orange, 256)).toEqual({ attr: 0, fg: COLOUR_256 | 208, bg: COLOUR_256 | 208 });
    expect(shown(0, orange, orange, 16)).toEqual({ attr: 0, fg: COLOUR_BASIC | 9, bg: COLOUR_BASIC | 9 });
    expect(shown(0, orange, orange, 8)).toEqual({ attr: Attr.bright, fg: COLOUR_BASIC | 1, bg: COLOUR_BASIC | 1 });
    expect(shown(0, orange, 0, 0)).toEqual({ attr: 0, fg: 0, bg: 0 });
  });

  it('makes bright colours bold where there are eight, and dark ones of many not', () => {
    expect(shown(0, COLOUR_BASIC | 12, COLOUR_BASIC | 12, 8)).toEqual({
      attr: Attr.bright,
      fg: COLOUR_BASIC | 4,
      bg: COLOUR_BASIC | 4,
    });
    expect(shown(Attr.bright, COLOUR_256 | 1, 0, 8).attr).toBe(0);
    expect(shown(Attr.bright, COLOUR_BASIC | 1, 0, 8).attr).toBe(Attr.bright);
    expect(shown(0, COLOUR_BASIC | 12, 0, 16).fg).toBe(COLOUR_BASIC | 12);
  });

  it('does without what the terminal lacks', () => {
    expect(shown(Attr.dim | Attr.underscore, 0, 0, 256, { dim: false }).attr).toBe(Attr.underscore);
    expect(shown(Attr.italics, 0, 0, 256, { italics: false }).attr).toBe(Attr.reverse);
    expect(shown(0, 0, COLOUR_BASIC | 2, 0).attr).toBe(Attr.reverse);
    expect(shown(Attr.charset, 0, 0, 256).attr).toBe(0);
  });
});
