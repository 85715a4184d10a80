import { describe, expect, it } from 'vitest';
import { capabilitiesFor } from './capabilities.js';

describe('capabilitiesFor', () => {
  it.each([
    ['xterm', 8],
    ['xterm-16color', 16],
    ['xterm-256color', 256],
    ['xterm-direct', 16777216],
    ['screen', 8],
    ['screen-256color-bce', 256],
    ['screen.xterm-256color', 256],
    ['tmux-256color', 256],
    ['rxvt-unicode-256color', 256],
    ['linux', 8],
    ['vt100', 0],
    ['vt220', 0],
    ['xterm-kitty', 16777216],
    ['xterm-ghostty', 16777216],
    ['alacritty', 16777216],
    ['foot', 16777216],
    ['wezterm', 16777216],
    ['dumb', 0],
    ['', 8],
    ['no such terminal', 8],
  ] as const)('knows how many colours %s has', (term, colours) => {
    expect(capabilitiesFor(term, true).colours).toBe(colours);
  });

  it('believes COLORTERM, but not of a terminal without colours', () => {
    expect(capabilitiesFor('xterm-256color', true, 'truecolor').colours).toBe(16777216);
    expect(capabilitiesFor('screen', true, '24bit').colours).toBe(16777216);
    expect(capabilitiesFor('xterm', true, 'yes').colours).toBe(8);
    expect(capabilitiesFor('vt100', true, 'truecolor').colours).toBe(0);
  });

  it('agrees with terminfo on what erasing and scrolling do', () => {
    expect(capabilitiesFor('xterm-256color', true)).toMatchObject({
      bce: true,
      ech: true,
      scroll: true,
      italics: true,
    });
    expect(capabilitiesFor('screen-256color', true)).toMatchObject({
      bce: false,
      ech: false,
      scroll: true,
      italics: false,
    });
    expect(capabilitiesFor('linux', true)).toMatchObject({ bce: true, scroll: false, alternateScreen: false });
    expect(capabilitiesFor('vt100', true)).toMatchObject({ ech: false, insertCharacters: false, scrollRegion: true });
    expect(capabilitiesFor('xterm', true).rep).toBe(false);
  });

  it('gives terminals of one kind one key, and others another', () => {
    const key = capabilitiesFor('alacritty', true).key;
    expect(capabilitiesFor('foot', true).key).toBe(key);
    expect(capabilitiesFor('foot-extra', true)).toBe(capabilitiesFor('foot', true));
    const keys = ['xterm', 'xterm-256color', 'screen', 'tmux', 'linux', 'vt100', 'dumb', 'rxvt'].flatMap((term) =>
      [true, false].map((utf8) => capabilitiesFor(term, utf8).key),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});
