import { hasModifier, Key, KEY_BASE, KEY_NONE, keyBase, KeyModifier, type KeyCode } from '#tmate-protocol';

/** Special keys that tmux has no name for. */
const NAMELESS = new Set<string>(['FocusIn', 'FocusOut', 'Mouse']);

const NAMED: readonly (readonly [name: string, key: KeyCode])[] = Object.entries(Key).filter(
  ([name]) => !NAMELESS.has(name),
);

/** The ASCII characters that have a name. */
const ASCII_NAMES: ReadonlyMap<number, string> = new Map([
  [0x09, 'Tab'],
  [0x20, 'Space'],
  [0x0d, 'Enter'],
  [0x1b, 'Escape'],
]);

const SPECIAL_NAMES: ReadonlyMap<KeyCode, string> = new Map(NAMED.map(([name, key]) => [key, name]));

const BY_NAME: ReadonlyMap<string, KeyCode> = new Map<string, KeyCode>([
  ...NAMED.map(([name, key]): [string, KeyCode] => [name.toLowerCase(), key]),
  ...[...ASCII_NAMES].map(([key, name]): [string, KeyCode] => [name.toLowerCase(), key]),
  ['pagedown', Key.NPage],
  ['pgdn', Key.NPage],
  ['pageup', Key.PPage],
  ['pgup', Key.PPage],
]);

/** With Ctrl these stay what they are: a terminal sends no control character for them. */
const KEPT_WITH_CTRL = new Set(Array.from("!#()+,-.0123456789:;<=>?'\r\t", (char) => char.charCodeAt(0)));

const MODIFIER_LETTERS: Readonly<Record<string, number>> = {
  C: KeyModifier.ctrl,
  M: KeyModifier.meta,
  S: KeyModifier.shift,
};

/**
 * Reads a key's name as tmux 2.2 does: `C-b`, `^b`, `M-Left`, `S-F5`, `Space`, `é`, `0x41`. `None` gives `KEY_NONE`. Undefined
 * for anything that is not a key.
 */
export function parseKey(name: string): KeyCode | undefined {
  if (name.toLowerCase() === 'none') return KEY_NONE;
  if (name.startsWith('0x')) return parseHex(name.slice(2));

  let rest = name;
  const modifiers = new Set<number>();
  if (rest.length > 1 && rest.startsWith('^')) {
    modifiers.add(KeyModifier.ctrl);
    rest = rest.slice(1);
  }
  while (rest.length > 1 && rest[1] === '-') {
    const modifier = MODIFIER_LETTERS[rest.charAt(0).toUpperCase()];
    if (modifier !== undefined) modifiers.add(modifier);
    rest = rest.slice(2);
  }

  const key = plainKey(rest);
  if (key === undefined) return undefined;
  if (!modifiers.has(KeyModifier.ctrl) || key > 0x7f || KEPT_WITH_CTRL.has(key)) return add(key, modifiers);
  const control = controlKey(key);
  if (control === undefined) return undefined;
  modifiers.delete(KeyModifier.ctrl);
  return add(control, modifiers);
}

function parseHex(digits: string): KeyCode | undefined {
  const hex = /^[0-9a-f]+/i.exec(digits)?.[0];
  return hex === undefined || hex.length > 4 ? undefined : Number.parseInt(hex, 16);
}

function plainKey(name: string): KeyCode | undefined {
  const [char, more] = name;
  if (char === undefined) return undefined;
  if (more !== undefined) return BY_NAME.get(name.toLowerCase());
  const codePoint = char.codePointAt(0) ?? 0;
  return codePoint < 0x20 || codePoint === 0x7f || isSurrogate(codePoint) ? undefined : codePoint;
}

function controlKey(key: number): KeyCode | undefined {
  if (key >= 0x61 && key <= 0x7a) return key - 0x60;
  if (key >= 0x40 && key <= 0x5f) return key - 0x40;
  return key === 0x20 ? 0 : undefined;
}

function add(key: KeyCode, modifiers: ReadonlySet<number>): KeyCode {
  let code = key;
  for (const modifier of modifiers) code += modifier;
  return code;
}

/** Writes a key's name so that `parseKey` reads it back; a key without a name is `Invalid#` and its number. */
export function printKey(code: KeyCode): string {
  if (code === KEY_NONE) return 'None';
  let key = keyBase(code);
  let ctrl = hasModifier(code, KeyModifier.ctrl);
  if (key === 0) {
    // C-@ and C-Space are one key; tmux calls it by the latter.
    key = 0x20;
    ctrl = true;
  }
  const meta = hasModifier(code, KeyModifier.meta);
  const shift = hasModifier(code, KeyModifier.shift);
  const modifiers = `${ctrl ? 'C-' : ''}${meta ? 'M-' : ''}${shift ? 'S-' : ''}`;

  const name = key >= KEY_BASE ? SPECIAL_NAMES.get(key) : ASCII_NAMES.get(key);
  if (name !== undefined) return modifiers + name;
  if (key < 0x20) return `${modifiers}C-${String.fromCharCode(key > 26 ? 0x40 + key : 0x60 + key)}`;
  if (key === 0x7f || key > 0x10ffff || isSurrogate(key)) return `Invalid#${key.toString(16)}`;
  return modifiers + String.fromCodePoint(key);
}

const isSurrogate = (codePoint: number): boolean => codePoint >= 0xd800 && codePoint < 0xe000;
