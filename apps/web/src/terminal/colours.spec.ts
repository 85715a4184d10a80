import { describe, expect, it } from 'vitest';
import { contrast } from '#look';
import { coloursOfFinding, FOUND_COLOURS, TERMINAL_COLOURS } from './colours.js';

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
    const { match, active, activeText } = FOUND_COLOURS[name];
    for (const around of [background, match]) expect(contrast(active, around)).toBeGreaterThan(3);
    expect(contrast(activeText, active)).toBeGreaterThan(4.5);
    expect(contrast(colours.foreground, match)).toBeGreaterThan(4.5);
    expect(coloursOfFinding(name)).toMatchObject({ background, selectionInactiveBackground: active });
  });
});
