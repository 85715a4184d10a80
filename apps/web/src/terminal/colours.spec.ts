import { describe, expect, it } from 'vitest';
import { contrast } from '#look';
import { FOUND_COLOURS, TERMINAL_COLOURS } from './colours.js';

describe.each(['dark', 'light'] as const)("the terminal's colours, %s", (name) => {
  const { background, ...colours } = TERMINAL_COLOURS[name];

  it('can be read', () => {
    const dim = name === 'dark' ? ['black', 'brightBlack'] : ['white', 'brightWhite'];
    for (const [colour, hex] of Object.entries(colours)) {
      if (/selection|accent/i.test(colour) || dim.includes(colour)) continue;
      expect(contrast(hex, background), colour).toBeGreaterThan(4.5);
    }
  });

  it('show which match one is at', () => {
    const { matchBackground, activeMatchBackground, activeMatchBorder } = FOUND_COLOURS[name];
    expect(contrast(activeMatchBackground, background)).toBeGreaterThan(3);
    for (const around of [background, matchBackground]) {
      expect(contrast(activeMatchBorder, around)).toBeGreaterThan(3);
    }
    // On light ground, text keeps a contrast whatever it stands on (LEAST_CONTRAST).
    if (name === 'dark') {
      expect(contrast(colours.foreground, activeMatchBackground)).toBeGreaterThan(3);
      expect(contrast(colours.foreground, matchBackground)).toBeGreaterThan(4.5);
    }
  });
});
