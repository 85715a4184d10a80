import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, FONT_PX, fontWithin, readSettings, type Settings } from './settings.js';

describe('readSettings', () => {
  it('gives back what was stored', () => {
    const mine: Settings = {
      theme: 'dark',
      keyBar: 'on',
      fontPx: 18,
      renderer: 'dom',
      screenReader: true,
      copyOnSelect: false,
      hostClipboard: false,
    };
    expect(readSettings(JSON.stringify(mine))).toEqual(mine);
  });

  it('takes the default for what is missing or none', () => {
    expect(readSettings(null)).toEqual(DEFAULT_SETTINGS);
    expect(readSettings('{"theme":"pink","fontPx":"12","screenReader":1}')).toEqual(DEFAULT_SETTINGS);
  });

  it('makes settings of whatever is stored', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (stored) => {
        const settings = readSettings(stored);
        expect(Object.keys(settings).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
        expect(settings.fontPx).toBeGreaterThanOrEqual(FONT_PX.least);
        expect(settings.fontPx).toBeLessThanOrEqual(FONT_PX.most);
      }),
    );
  });
});

describe('fontWithin', () => {
  it.each([
    [3, 8],
    [15.4, 15],
    [1e9, 40],
    [Number.NaN, 15],
  ])('%s is %s', (px, within) => expect(fontWithin(px)).toBe(within));
});
