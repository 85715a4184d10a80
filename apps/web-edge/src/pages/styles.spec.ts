import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TOKENS_CSS } from './styles.js';

/** WCAG 2.2: relative luminance, and the contrast of two of them. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const themes = TOKENS_CSS.split('{').flatMap((block) => {
  const colours = Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, k, v]) => [k, v]));
  return 'bg' in colours ? [colours as Record<string, string>] : [];
});

describe('the styles of pages', () => {
  it("have the client's colours", () => {
    expect(TOKENS_CSS).toBe(readFileSync(new URL('../../../web/src/styles/tokens.css', import.meta.url), 'utf8'));
  });

  it('can be read in light and dark', () => {
    expect(themes).toHaveLength(3);
    for (const theme of themes) {
      for (const name of ['text', 'muted', 'accent', 'ok', 'warn', 'danger']) {
        for (const ground of ['bg', 'surface']) {
          expect(contrast(theme[name] ?? '', theme[ground] ?? ''), `${name} on ${ground}`).toBeGreaterThan(4.5);
        }
      }
      expect(contrast(theme['accent-text'] ?? '', theme['accent'] ?? '')).toBeGreaterThan(4.5);
    }
    expect(themes[1]).toEqual(themes[2]);
  });
});
