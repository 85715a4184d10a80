import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attr, COLOUR_256, COLOUR_BASIC, DEFAULT_STYLE, overlayStyle, parseStyle, printStyle } from './index.js';
import { parseAttributes, printAttributes } from './attributes.js';

const RED = COLOUR_BASIC | 1;
const GREEN = COLOUR_BASIC | 2;
const BASE = { fg: GREEN, bg: RED, attr: Attr.dim };

describe('parseAttributes', () => {
  it.each([
    ['bold', Attr.bright],
    ['bright,underscore', Attr.bright | Attr.underscore],
    ['Dim|Blink reverse', Attr.dim | Attr.blink | Attr.reverse],
    ['hidden,italics', Attr.hidden | Attr.italics],
    ['none', 0],
    ['default', 0],
  ])('reads %s', (text, attr) => {
    expect(parseAttributes(text)).toBe(attr);
  });

  it.each(['', ',bold', 'bold,', 'bald', 'bold,none'])('does not read %j', (text) => {
    expect(parseAttributes(text)).toBeUndefined();
  });

  it('reads back what is printed', () => {
    for (let attr = 0; attr < 0x80; attr++) expect(parseAttributes(printAttributes(attr))).toBe(attr);
  });
});

describe('parseStyle', () => {
  it.each([
    ['fg=red,bg=green,bold', { fg: RED, bg: GREEN, attr: Attr.bright }],
    ['FG=colour3 underscore', { fg: COLOUR_256 | 3, bg: 0, attr: Attr.underscore }],
    ['default', DEFAULT_STYLE],
    ['', DEFAULT_STYLE],
    ['bold,nobold', DEFAULT_STYLE],
    ['bold,none,dim', { fg: 0, bg: 0, attr: Attr.dim }],
  ])('reads %j', (text, style) => {
    expect(parseStyle(text)).toEqual(style);
  });

  it('continues from the current style and back to the base', () => {
    const current = { fg: RED, bg: 0, attr: Attr.blink };
    expect(parseStyle('bg=green', current, BASE)).toEqual({ fg: RED, bg: GREEN, attr: Attr.blink });
    expect(parseStyle('default', current, BASE)).toEqual(BASE);
    expect(parseStyle('fg=default', current, BASE)).toEqual({ fg: GREEN, bg: 0, attr: Attr.blink });
    expect(parseStyle('', current, BASE)).toEqual(current);
  });

  it.each(['fg=nocolour', 'xg=red', 'bold,', ',bold', 'bold,wrong', 'no', `fg=${'r'.repeat(40)}`])(
    'has no effect where a part is wrong: %j',
    (text) => {
      expect(parseStyle(text, BASE)).toBeUndefined();
    },
  );

  it('never throws, and reads back what it prints', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const style = parseStyle(text);
        if (style !== undefined) expect(parseStyle(printStyle(style))).toEqual(style);
      }),
    );
    const colour = fc.oneof(
      fc.constant(0),
      fc.nat(15).map((n) => COLOUR_BASIC | n),
      fc.nat(255).map((n) => COLOUR_256 | n),
    );
    fc.assert(
      fc.property(fc.record({ fg: colour, bg: colour, attr: fc.nat(0x7f) }), (style) => {
        expect(parseStyle(printStyle(style))).toEqual(style);
      }),
    );
  });
});

describe('overlayStyle', () => {
  it('takes colours where there are any and adds attributes', () => {
    expect(overlayStyle(BASE, { fg: 0, bg: GREEN, attr: Attr.bright })).toEqual({
      fg: GREEN,
      bg: GREEN,
      attr: Attr.dim | Attr.bright,
    });
    expect(overlayStyle(BASE, DEFAULT_STYLE)).toBe(BASE);
  });

  it('takes a basic colour for one of 256 where such a one is below it, as tmux does', () => {
    const under = { fg: COLOUR_256 | 52, bg: COLOUR_256 | 17, attr: 0 };
    expect(overlayStyle(under, { fg: COLOUR_BASIC | 7, bg: COLOUR_BASIC | 9, attr: 0 })).toMatchObject({
      fg: COLOUR_256 | 7,
      bg: COLOUR_256 | 91,
    });
    expect(overlayStyle(under, { fg: COLOUR_256 | 1, bg: 0, attr: 0 })).toMatchObject({
      fg: COLOUR_256 | 1,
      bg: under.bg,
    });
  });
});
