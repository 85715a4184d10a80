import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLOUR_256, COLOUR_BASIC, DEFAULT_COLOUR, parseColour, printColour } from './index.js';
import { replaceColour } from './colours.js';

/** The 256 colours from 16 on, written out: what the nearest one is found among. */
const PALETTE = Array.from({ length: 240 }, (_, n) => {
  if (n >= 216) return [8 + 10 * (n - 216), 8 + 10 * (n - 216), 8 + 10 * (n - 216)];
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);
  return [level(Math.floor(n / 36)), level(Math.floor(n / 6) % 6), level(n % 6)];
});

function nearest(rgb: readonly number[]): number {
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  PALETTE.forEach((colour, n) => {
    const distance = colour.reduce((sum, part, i) => sum + (part - (rgb[i] ?? 0)) ** 2, 0);
    if (distance < lowest) [best, lowest] = [n, distance];
  });
  return 16 + best;
}

describe('parseColour', () => {
  it.each([
    ['red', COLOUR_BASIC | 1],
    ['RED', COLOUR_BASIC | 1],
    ['7', COLOUR_BASIC | 7],
    ['brightblack', COLOUR_BASIC | 8],
    ['97', COLOUR_BASIC | 15],
    ['default', DEFAULT_COLOUR],
    ['8', DEFAULT_COLOUR],
    ['colour0', COLOUR_256],
    ['Colour255', COLOUR_256 | 255],
    ['#000000', COLOUR_256 | 16],
    ['#ffffff', COLOUR_256 | 231],
    ['#080808', COLOUR_256 | 232],
    ['#0ac85a', COLOUR_256 | 41],
  ])('reads %s', (text, colour) => {
    expect(parseColour(text)).toBe(colour);
  });

  it.each([
    '',
    'colour',
    'colour256',
    'colour-1',
    'color1',
    '#fff',
    '#gggggg',
    'terminal',
    '9',
    'bright',
    'constructor',
  ])('does not read %j', (text) => {
    expect(parseColour(text)).toBeUndefined();
  });

  it('takes the nearest of the 256 for every #rrggbb', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte), (rgb) => {
        const hex = rgb.map((part) => part.toString(16).padStart(2, '0')).join('');
        expect(parseColour(`#${hex}`)).toBe(COLOUR_256 | nearest(rgb));
      }),
      { numRuns: 2000 },
    );
    for (let grey = 0; grey < 256; grey++) {
      const hex = grey.toString(16).padStart(2, '0').repeat(3);
      expect(parseColour(`#${hex}`)).toBe(COLOUR_256 | nearest([grey, grey, grey]));
    }
  });

  it('reads back what is printed', () => {
    const colours = [DEFAULT_COLOUR];
    for (let n = 0; n < 16; n++) colours.push(COLOUR_BASIC | n);
    for (let n = 0; n < 256; n++) colours.push(COLOUR_256 | n);
    for (const colour of colours) expect(parseColour(printColour(colour))).toBe(colour);
  });
});

describe('replaceColour', () => {
  it('takes a number for one of the 256 where one of them stood before', () => {
    const before = COLOUR_256 | 234;
    expect(replaceColour(before, COLOUR_BASIC | 1)).toBe(COLOUR_256 | 1);
    expect(replaceColour(before, COLOUR_BASIC | 9)).toBe(COLOUR_256 | 91);
    expect(replaceColour(before, DEFAULT_COLOUR)).toBe(COLOUR_256 | 8);
    expect(replaceColour(COLOUR_BASIC | 2, DEFAULT_COLOUR)).toBe(DEFAULT_COLOUR);
  });
});
