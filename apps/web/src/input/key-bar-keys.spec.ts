import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StickyModifiers, type BarKey } from './key-bar-keys.js';

function held(...taps: ('Ctrl' | 'Alt')[]): StickyModifiers {
  const modifiers = new StickyModifiers();
  for (const tap of taps) modifiers.tap(tap);
  return modifiers;
}

describe('the keys of the bar', () => {
  it.each([
    ['Escape', '\u001B'],
    ['Tab', '\t'],
    ['|', '|'],
    ['~', '~'],
    ['/', '/'],
    ['Up', '\u001B[A'],
    ['Left', '\u001B[D'],
  ] as [BarKey, string][])('%s types %j', (key, typed) => {
    expect(held().press(key, false)).toBe(typed);
  });

  it('type arrows as the program wants them', () => {
    expect(held().press('Up', true)).toBe('\u001BOA');
    expect(held('Ctrl').press('Up', true)).toBe('\u001B[1;5A');
    expect(held('Alt').press('Right', true)).toBe('\u001B[1;3C');
    expect(held('Ctrl', 'Alt').press('Down', false)).toBe('\u001B[1;7B');
  });
});

describe('a held modifier', () => {
  it.each([
    ['c', '\u0003'],
    ['C', '\u0003'],
    ['w', '\u0017'],
    ['[', '\u001B'],
    [' ', '\u0000'],
    ['_', '\u001F'],
    ['?', '\u007F'],
    ['é', 'é'],
    ['\r', '\r'],
  ])('makes Ctrl-%s of a keyboard %j', (key, typed) => {
    expect(held('Ctrl').apply(key)).toBe(typed);
  });

  it('is for one key, unless it was tapped twice', () => {
    const once = held('Ctrl');
    expect([once.hold('Ctrl'), once.apply('a'), once.hold('Ctrl'), once.apply('a')]).toEqual([
      'once',
      '\u0001',
      'off',
      'a',
    ]);
    const locked = held('Ctrl', 'Ctrl');
    expect([locked.apply('a'), locked.apply('b'), locked.hold('Ctrl')]).toEqual(['\u0001', '\u0002', 'locked']);
    locked.tap('Ctrl');
    expect(locked.apply('a')).toBe('a');
  });

  it('is used up by a key of the bar too', () => {
    const modifiers = held('Alt');
    expect(modifiers.press('Tab', false)).toBe('\u001B\t');
    expect(modifiers.apply('x')).toBe('x');
  });

  it('leaves pastes, composed words and answers of the terminal alone, and waits on', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-composite' }).filter((text) => Array.from(text).length !== 1),
        (text) => {
          const modifiers = held('Ctrl', 'Alt');
          expect(modifiers.apply(text)).toBe(text);
          expect(modifiers.hold('Ctrl')).toBe('once');
        },
      ),
    );
  });
});
