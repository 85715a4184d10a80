import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyKeyCode } from './arbitraries.fixture.js';
import {
  hasModifier,
  isMouseKey,
  isValidKeyCode,
  Key,
  KEY_BASE,
  KEY_NONE,
  KEY_UNKNOWN,
  keyBase,
  KeyModifier,
  keyModifiers,
  withModifiers,
} from './key-codes.js';

describe('Key', () => {
  it('numbers the keys as tmux 2.2 does', () => {
    // The first and last of each group, and how many there are.
    const expected: [keyof typeof Key, number][] = [
      ['FocusIn', 0],
      ['FocusOut', 1],
      ['Mouse', 2],
      ['MouseDown1Pane', 3],
      ['MouseDown1Status', 4],
      ['MouseDown1Border', 5],
      ['MouseDown3Border', 11],
      ['MouseUp1Pane', 12],
      ['MouseDrag1Pane', 21],
      ['MouseDragEnd1Pane', 30],
      ['WheelUpPane', 39],
      ['WheelDownBorder', 44],
      ['BSpace', 45],
      ['F1', 46],
      ['F12', 57],
      ['IC', 58],
      ['BTab', 64],
      ['Up', 65],
      ['Right', 68],
      ['KP/', 69],
      ['KPEnter', 82],
      ['KP.', 84],
    ];
    for (const [name, offset] of expected) expect([name, Key[name] - KEY_BASE]).toEqual([name, offset]);
    expect(Object.values(Key)).toEqual(Array.from({ length: 85 }, (_, offset) => KEY_BASE + offset));
  });
});

describe('modifiers', () => {
  it('come apart from any key and go back on it', () => {
    fc.assert(
      fc.property(anyKeyCode, (key) => {
        expect(isValidKeyCode(key)).toBe(true);
        expect(keyBase(key) + keyModifiers(key)).toBe(key);
        expect(withModifiers(keyBase(key), keyModifiers(key))).toBe(key);
        expect(keyModifiers(withModifiers(key, 0))).toBe(0);
        const set = Object.values(KeyModifier).filter((modifier) => hasModifier(key, modifier));
        expect(set.reduce((sum, modifier) => sum + modifier, 0)).toBe(keyModifiers(key));
      }),
    );
  });

  it('are those of the 64-bit numbers on the wire', () => {
    const key = withModifiers(Key.Up, KeyModifier.ctrl + KeyModifier.shift);
    expect(BigInt(key)).toBe(BigInt(Key.Up) | 0x400000000000n | 0x800000000000n);
    expect(BigInt(keyBase(key))).toBe(BigInt(key) & ~0xe00000000000n);
  });
});

describe('isMouseKey', () => {
  it('is true from Mouse to the last wheel event, whatever the modifiers', () => {
    const names = Object.keys(Key) as (keyof typeof Key)[];
    expect(names.filter((name) => isMouseKey(Key[name]))).toEqual(names.filter((name) => /Mouse|Wheel/.test(name)));
    expect(isMouseKey(withModifiers(Key.WheelUpPane, KeyModifier.meta))).toBe(true);
    expect(isMouseKey(0x41)).toBe(false);
  });
});

describe('isValidKeyCode', () => {
  it.each([
    ['no key', KEY_NONE],
    ['an unknown key', KEY_UNKNOWN],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['not a number', Number.NaN],
    ['beyond the last key', Key['KP.'] + 1],
    ['between the characters and the keys', 0x110000],
    ['half a surrogate pair', 0xd800],
    ['beyond the modifiers', 2 ** 48],
  ])('refuses %s', (_, key) => {
    expect(isValidKeyCode(key)).toBe(false);
  });

  it('takes every character', () => {
    for (const key of [0, 2, 0x7f, 0xe9, 0xd7ff, 0xe000, 0x1f600, 0x10ffff]) expect(isValidKeyCode(key)).toBe(true);
  });
});
