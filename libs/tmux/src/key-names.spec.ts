import { Key, KEY_NONE, KeyModifier, isValidKeyCode } from '#tmate-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKey, printKey } from './index.js';

const { ctrl, meta, shift } = KeyModifier;

describe('parseKey', () => {
  it.each([
    ['a', 0x61],
    ['C-b', 2],
    ['c-B', 2],
    ['^b', 2],
    ['C-Space', 0],
    ['C-@', 0],
    ['C-[', 0x1b],
    ['C-1', 0x31 + ctrl],
    ['C-?', 0x3f + ctrl],
    ['C-Tab', 0x09 + ctrl],
    ['C-Enter', 0x0d + ctrl],
    ['M-a', 0x61 + meta],
    ['M-C-a', 1 + meta],
    ['C-M-Left', Key.Left + ctrl + meta],
    ['S-F5', Key.F5 + shift],
    ['S-c-m-up', Key.Up + shift + ctrl + meta],
    ['Space', 0x20],
    ['BSpace', Key.BSpace],
    ['escape', 0x1b],
    ['PgUp', Key.PPage],
    ['pagedown', Key.NPage],
    ['KP/', Key['KP/']],
    ['KPEnter', Key.KPEnter],
    ['MouseDown1Pane', Key.MouseDown1Pane],
    ['C-WheelUpStatus', Key.WheelUpStatus + ctrl],
    ['é', 0xe9],
    ['M-漢', 0x6f22 + meta],
    ['😀', 0x1f600],
    ['-', 0x2d],
    ['C--', 0x2d + ctrl],
    ['^', 0x5e],
    [';', 0x3b],
    ['0x41', 0x41],
    ['0x20ac', 0x20ac],
    ['none', KEY_NONE],
  ])('reads %s', (name, key) => {
    expect(parseKey(name)).toBe(key);
  });

  it.each([
    '',
    'C-',
    'M-',
    'ab',
    'F13',
    'C-Escape',
    'C-{',
    'C-%',
    '0x',
    '0x12345',
    '\u0001',
    '\u007f',
    'FocusIn',
    'Mouse',
  ])('does not read %j', (name) => {
    expect(parseKey(name)).toBeUndefined();
  });

  it('never throws, and gives only keys that there are', () => {
    const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('C-', 'M-', 'S-', '^', 'F1', 'Up', '0x'));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const key = parseKey(parts.join(''));
        if (key === undefined || key === KEY_NONE || parts.join('').startsWith('0x')) return;
        expect(isValidKeyCode(key)).toBe(true);
      }),
    );
  });
});

describe('printKey', () => {
  it.each([
    [2, 'C-b'],
    [0, 'C-Space'],
    [0x1b, 'Escape'],
    [0x1c, 'C-\\'],
    [0x20 + meta, 'M-Space'],
    [Key.Up + ctrl + meta + shift, 'C-M-S-Up'],
    [Key.DC, 'DC'],
    [0xe9, 'é'],
    [KEY_NONE, 'None'],
  ])('writes %d as %s', (key, name) => {
    expect(printKey(key)).toBe(name);
  });

  it('reads back every name it writes', () => {
    const base = fc.oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0xa0, max: 0xd7ff }),
      fc.constantFrom(...Object.entries(Key).flatMap(([name, key]) => (/^(Focus|Mouse$)/.test(name) ? [] : [key]))),
    );
    fc.assert(
      fc.property(base, fc.subarray([meta, shift]), (key, modifiers) => {
        const code = modifiers.reduce((sum, modifier) => sum + modifier, key);
        expect(parseKey(printKey(code))).toBe(code);
      }),
    );
    for (let control = 0; control < 0x20; control++) expect(parseKey(printKey(control))).toBe(control);
  });

  it('writes something for any number', () => {
    fc.assert(fc.property(fc.nat(2 ** 48 - 1), (key) => printKey(key).length > 0));
  });
});
