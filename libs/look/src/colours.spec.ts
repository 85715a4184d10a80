import { describe, expect, it } from 'vitest';
import { contrast } from './contrast.js';
import { FAVICON, lifebelt } from './lifebelt.js';
import { COLOURS, TOKENS_CSS } from './colours.js';

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('the colours of pages, %s', (_, which) => {
  it.each(['text', 'muted', 'accent', 'ok', 'warn', 'danger'] as const)('can be read: %s', (name) => {
    for (const ground of ['bg', 'surface'] as const) {
      expect(contrast(COLOURS[name][which], COLOURS[ground][which])).toBeGreaterThan(4.5);
    }
  });

  it('can be read on what is filled with the accent', () => {
    expect(contrast(COLOURS['accent-text'][which], COLOURS.accent[which])).toBeGreaterThan(4.5);
  });
});

describe('contrast', () => {
  it('is what WCAG says', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#ffffff', '#767676')).toBeCloseTo(4.54, 2);
    expect(contrast('#336699', '#336699')).toBe(1);
  });
});

describe('the style sheet of all pages', () => {
  it('has each colour: light by default, dark by the system and by choice', () => {
    for (const [name, [light, dark]] of Object.entries(COLOURS)) {
      expect(TOKENS_CSS.split(`--${name}: ${light};`)).toHaveLength(2);
      expect(TOKENS_CSS.split(`--${name}: ${dark};`)).toHaveLength(3);
    }
    expect(TOKENS_CSS.replaceAll(/[^{}]/g, '')).toMatch(/^(\{(\{\})?\})+$/);
  });
});

describe('the sign', () => {
  it('takes the colours it is given', () => {
    expect(lifebelt('red', 'var(--bg)')).toMatch(/stroke="red".*stroke="var\(--bg\)"/);
    expect(FAVICON).toContain(COLOURS.accent[0]);
  });
});
