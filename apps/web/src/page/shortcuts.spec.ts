import { describe, expect, it } from 'vitest';
import { shortcutOf, type KeyPress } from './shortcuts.js';

function press(code: string, ...held: ('ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey')[]): KeyPress {
  const keys = { ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };
  for (const key of held) keys[key] = true;
  return { code, ...keys };
}

describe('shortcutOf', () => {
  it('knows those of the page', () => {
    expect(shortcutOf(press('KeyF', 'ctrlKey', 'shiftKey'))).toBe('find');
    expect(shortcutOf(press('KeyC', 'ctrlKey', 'shiftKey'))).toBe('copy');
    expect(shortcutOf(press('KeyL', 'ctrlKey', 'shiftKey'))).toBe('bar');
  });

  it.each([
    ['Ctrl-C', press('KeyC', 'ctrlKey')],
    ['Ctrl-L', press('KeyL', 'ctrlKey')],
    ['F', press('KeyF', 'shiftKey')],
    ['Ctrl-Shift-V, which is for the browser to paste', press('KeyV', 'ctrlKey', 'shiftKey')],
    ['AltGr with them', press('KeyF', 'ctrlKey', 'shiftKey', 'altKey')],
    ['Meta with them', press('KeyF', 'ctrlKey', 'shiftKey', 'metaKey')],
  ])('leaves %s to the session', (_, event) => {
    expect(shortcutOf(event)).toBeUndefined();
  });
});
