import { Key, KeyModifier, type KeyCode } from '#tmate-protocol';

/** Keys by the last letter of CSI or SS3. */
const BY_LETTER: Readonly<Record<string, KeyCode>> = {
  A: Key.Up,
  B: Key.Down,
  C: Key.Right,
  D: Key.Left,
  F: Key.End,
  H: Key.Home,
  P: Key.F1,
  Q: Key.F2,
  R: Key.F3,
  S: Key.F4,
  Z: Key.BTab,
};

/** Keys of the keypad in application mode, by the last letter of SS3. */
const KEYPAD: Readonly<Record<string, KeyCode>> = {
  M: Key.KPEnter,
  j: Key['KP*'],
  k: Key['KP+'],
  m: Key['KP-'],
  n: Key['KP.'],
  o: Key['KP/'],
  p: Key.KP0,
  q: Key.KP1,
  r: Key.KP2,
  s: Key.KP3,
  t: Key.KP4,
  u: Key.KP5,
  v: Key.KP6,
  w: Key.KP7,
  x: Key.KP8,
  y: Key.KP9,
  // These the host has no name for: they are what they show.
  I: 0x09,
  X: 0x3d,
  l: 0x2c,
  ' ': 0x20,
};

/** Keys by the first number of `CSI number ~`. From 25 on they are terminfo's F13 to F20: tmux's shifted F1 to F8. */
const BY_NUMBER: Readonly<Record<number, KeyCode>> = {
  1: Key.Home,
  2: Key.IC,
  3: Key.DC,
  4: Key.End,
  5: Key.PPage,
  6: Key.NPage,
  7: Key.Home,
  8: Key.End,
  11: Key.F1,
  12: Key.F2,
  13: Key.F3,
  14: Key.F4,
  15: Key.F5,
  17: Key.F6,
  18: Key.F7,
  19: Key.F8,
  20: Key.F9,
  21: Key.F10,
  23: Key.F11,
  24: Key.F12,
  25: Key.F1 + KeyModifier.shift,
  26: Key.F2 + KeyModifier.shift,
  28: Key.F3 + KeyModifier.shift,
  29: Key.F4 + KeyModifier.shift,
  31: Key.F5 + KeyModifier.shift,
  32: Key.F6 + KeyModifier.shift,
  33: Key.F7 + KeyModifier.shift,
  34: Key.F8 + KeyModifier.shift,
};

/** The linux console's F1 to F5, by the letter after `CSI [`. */
const LINUX: Readonly<Record<string, KeyCode>> = { A: Key.F1, B: Key.F2, C: Key.F3, D: Key.F4, E: Key.F5 };

/** rxvt's last letter of a number with modifiers. */
const RXVT_MODIFIERS: Readonly<Record<string, number>> = {
  '^': KeyModifier.ctrl,
  $: KeyModifier.shift,
  '@': KeyModifier.ctrl + KeyModifier.shift,
};

/** The numbers of a CSI sequence; of `a:b` the first counts, and nothing is 0. */
export function parametersOf(text: string): number[] {
  return text.split(';').map((part) => Number.parseInt(part, 10) || 0);
}

/** The modifiers of xterm's parameter: 1 and the sum of 1 shift, 2 alt, 4 ctrl, 8 meta. */
function modifiersOf(parameter: number): number {
  const bits = Math.max(0, parameter - 1);
  return (
    ((bits & 1) === 0 ? 0 : KeyModifier.shift) +
    ((bits & 10) === 0 ? 0 : KeyModifier.meta) +
    ((bits & 4) === 0 ? 0 : KeyModifier.ctrl)
  );
}

/** A key with modifiers added to those it has; shift is part of Shift-Tab's own name. */
function withAdded(key: KeyCode, modifiers: number): KeyCode {
  let result = key;
  for (const modifier of [KeyModifier.shift, KeyModifier.ctrl, KeyModifier.meta]) {
    const has = Math.floor(result / modifier) % 2 === 1;
    const wants = Math.floor(modifiers / modifier) % 2 === 1;
    if (wants && !has && !(modifier === KeyModifier.shift && result % KeyModifier.meta === Key.BTab))
      result += modifier;
  }
  return result;
}

/** The key of `CSI text final`, if it is one. `text` has only digits, colons and semicolons. */
export function csiKey(text: string, final: string): KeyCode | undefined {
  const parameters = parametersOf(text);
  const [first = 0, second = 0] = parameters;
  if (final === '~') {
    if (first === 27 && parameters.length > 2) return characterKey(parameters[2] ?? 0, second);
    const key = BY_NUMBER[first];
    return key === undefined ? undefined : withAdded(key, modifiersOf(second));
  }
  const rxvt = RXVT_MODIFIERS[final];
  if (rxvt !== undefined) {
    const key = BY_NUMBER[first];
    return key === undefined ? undefined : withAdded(key, rxvt);
  }
  if (text === '' && 'abcd'.includes(final)) return (BY_LETTER[final.toUpperCase()] ?? 0) + KeyModifier.shift;
  const key = BY_LETTER[final];
  // Where the cursor is, which was asked, looks like F3.
  if (key === undefined || first > 1 || second > 256 || isRelease(text)) return undefined;
  return withAdded(key, modifiersOf(second));
}

/** The key of `CSI [ letter`. */
export function linuxKey(letter: string): KeyCode | undefined {
  return LINUX[letter];
}

/** The key of `SS3 text final`; some terminals put xterm's modifier between. */
export function ss3Key(text: string, final: string): KeyCode | undefined {
  const modifiers = modifiersOf(parametersOf(text).at(-1) ?? 0);
  if ('abcd'.includes(final)) return withAdded((BY_LETTER[final.toUpperCase()] ?? 0) + KeyModifier.ctrl, modifiers);
  const key = KEYPAD[final] ?? (final === 'Z' ? undefined : BY_LETTER[final]);
  return key === undefined ? undefined : withAdded(key, modifiers);
}

/** The kitty protocol has the kind of event after the modifiers: 3 is a release, which is not a key. */
function isRelease(text: string): boolean {
  return /;\d*:3/.test(text);
}

/**
 * A character with xterm's modifier, as tmux names it: Ctrl makes a C0 code if there is one; Shift is in the
 * character already.
 */
function characterKey(code: number, modifier: number): KeyCode | undefined {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const bits = Math.max(0, modifier - 1);
  const shift = (bits & 1) !== 0;
  let key: KeyCode = code;
  if (code === 0x7f) key = Key.BSpace;
  else if (code === 0x09 && shift) key = Key.BTab;
  else if (shift && code >= 0x61 && code <= 0x7a) key = code - 0x20;
  let modifiers = modifiersOf((bits & ~1) + 1);
  if ((bits & 4) !== 0 && (code === 0x20 || (code >= 0x40 && code <= 0x5f) || (code >= 0x61 && code <= 0x7a))) {
    key = code & 0x1f;
    modifiers -= KeyModifier.ctrl;
  }
  return withAdded(key, modifiers);
}
