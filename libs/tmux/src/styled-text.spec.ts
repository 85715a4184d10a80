import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Attr, COLOUR_BASIC, DEFAULT_STYLE, parseStyledText, styledLength, trimStyled, trimText } from './index.js';

const RED = { fg: COLOUR_BASIC | 1, bg: 0, attr: 0 };
const BASE = { fg: 0, bg: COLOUR_BASIC | 2, attr: 0 };
const cjk = (codePoint: number): number => (codePoint >= 0x1100 ? 2 : 1);

describe('parseStyledText', () => {
  it('splits at markers, which build on each other', () => {
    expect(parseStyledText('a#[fg=red]b#[bold]c#[default]d', BASE)).toEqual([
      { text: 'a', style: BASE },
      { text: 'b', style: { ...BASE, fg: RED.fg } },
      { text: 'c', style: { ...BASE, fg: RED.fg, attr: Attr.bright } },
      { text: 'd', style: BASE },
    ]);
  });

  it('passes over a marker that is no style and joins what looks the same', () => {
    expect(parseStyledText('a#[fg=wrong]b#[]c', BASE)).toEqual([{ text: 'abc', style: BASE }]);
  });

  it('ends at a marker that is left open', () => {
    expect(parseStyledText('ab#[fg=red', BASE)).toEqual([{ text: 'ab', style: BASE }]);
  });

  it('leaves out control characters and keeps a # that begins no marker', () => {
    expect(parseStyledText('a\u001b[1m\n#é\u0085漢', BASE)).toEqual([{ text: 'a[1m#é漢', style: BASE }]);
  });

  it('never throws and never lets a control character through', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('#[', ']', '#[fg=red]', '#', 'default'));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        for (const piece of parseStyledText(parts.join(''), BASE)) {
          expect(piece.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          expect(piece.text).not.toBe('');
        }
      }),
    );
  });
});

describe('styledLength and trimStyled', () => {
  const pieces = [
    { text: 'ab漢', style: RED },
    { text: '字c', style: DEFAULT_STYLE },
  ];

  it('counts columns', () => {
    expect(styledLength(pieces, cjk)).toBe(7);
  });

  it('keeps as many columns as fit', () => {
    expect(trimStyled(pieces, 7, cjk, BASE)).toEqual(pieces);
    expect(trimStyled(pieces, 4, cjk, BASE)).toEqual([{ text: 'ab漢', style: RED }]);
    expect(trimStyled(pieces, 0, cjk, BASE)).toEqual([]);
  });

  it('puts a blank of the base style where half a wide character would stand', () => {
    expect(trimStyled(pieces, 3, cjk, BASE)).toEqual([
      { text: 'ab', style: RED },
      { text: ' ', style: BASE },
    ]);
  });

  it('fills exactly the limit where there is more', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '漢', '字', 'b') });
    fc.assert(
      fc.property(text, fc.nat(40), (value, limit) => {
        const piece = { text: value, style: RED };
        const length = styledLength([piece], cjk);
        expect(styledLength(trimStyled([piece], limit, cjk, BASE), cjk)).toBe(Math.min(limit, length));
      }),
    );
  });
});

describe('trimText', () => {
  it('cuts the end, or with a negative limit the beginning', () => {
    expect(trimText('abc漢', 4, cjk)).toBe('abc');
    expect(trimText('abc漢', -4, cjk)).toBe('bc漢');
    expect(trimText('漢a', -2, cjk)).toBe('a');
    expect(trimText('abc', 0, cjk)).toBe('');
  });
});
