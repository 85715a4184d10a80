/**
 * A key as tmux 2.2 numbers it, in a plain number: all of them are below 2^48, so exact. A character is its Unicode
 * code point, Ctrl and a letter the C0 code itself (Ctrl-b is 2); every other key counts up from `KEY_BASE`. The
 * modifiers are bits 45 to 47: out of reach of the bit operators, hence the helpers below.
 */
export type KeyCode = number;

/** Where the keys begin that are not characters. */
export const KEY_BASE: KeyCode = 0x100000000000;

/** A modifier's bit; a key code carries any set of them. */
export const KeyModifier = {
  /** Alt: the terminal sent Escape before the key. */
  meta: 0x200000000000,
  ctrl: 0x400000000000,
  shift: 0x800000000000,
} as const;

/** tmux's marks for no key and for a key it does not know; neither is ever sent. */
export const KEY_NONE: KeyCode = 0xffff00000000;
export const KEY_UNKNOWN: KeyCode = 0xfffe00000000;

/** Ends the range of keys: one modifier bit and all above it. */
const MODIFIER_UNIT = KeyModifier.meta;
const KEY_CODE_END = 2 ** 48;
const LAST_CODE_POINT = 0x10ffff;

// The order is the wire's: each name is one more than the name before it. The mouse events come once a place.
const FOCUS_NAMES = ['FocusIn', 'FocusOut', 'Mouse'] as const;
// prettier-ignore
const MOUSE_EVENTS: readonly MouseEventName[] = [
  'MouseDown1', 'MouseDown2', 'MouseDown3', 'MouseUp1', 'MouseUp2', 'MouseUp3',
  'MouseDrag1', 'MouseDrag2', 'MouseDrag3', 'MouseDragEnd1', 'MouseDragEnd2', 'MouseDragEnd3',
  'WheelUp', 'WheelDown',
];
const MOUSE_PLACES = ['Pane', 'Status', 'Border'] as const;
// prettier-ignore
const PLAIN_NAMES = [
  'BSpace', 'F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10', 'F11', 'F12',
  'IC', 'DC', 'Home', 'End', 'NPage', 'PPage', 'BTab', 'Up', 'Down', 'Left', 'Right',
  'KP/', 'KP*', 'KP-', 'KP7', 'KP8', 'KP9', 'KP+', 'KP4', 'KP5', 'KP6', 'KP1', 'KP2', 'KP3', 'KPEnter', 'KP0', 'KP.',
] as const;

type Button = 1 | 2 | 3;
type MouseEventName = `Mouse${'Down' | 'Up' | 'Drag' | 'DragEnd'}${Button}` | 'WheelUp' | 'WheelDown';
type MouseKeyName = `${MouseEventName}${(typeof MOUSE_PLACES)[number]}`;

/** The names of the keys that are not characters, as `bind-key` writes them. */
export type KeyName = (typeof FOCUS_NAMES)[number] | MouseKeyName | (typeof PLAIN_NAMES)[number];

/** The code of every key that is not a character, by tmux's name of it; the entries are in the order of their codes. */
export const Key = Object.fromEntries(
  [
    ...FOCUS_NAMES,
    ...MOUSE_EVENTS.flatMap((event) => MOUSE_PLACES.map((place): MouseKeyName => `${event}${place}`)),
    ...PLAIN_NAMES,
  ].map((name, index) => [name, KEY_BASE + index]),
) as Readonly<Record<KeyName, KeyCode>>;

const LAST_KEY: KeyCode = Key['KP.'];

/** The key without its modifiers. */
export function keyBase(key: KeyCode): KeyCode {
  return key % MODIFIER_UNIT;
}

/** Only the modifiers: a sum of `KeyModifier` values, 0 for none. */
export function keyModifiers(key: KeyCode): number {
  return key - (key % MODIFIER_UNIT);
}

/** Whether the key carries this one modifier. */
export function hasModifier(key: KeyCode, modifier: (typeof KeyModifier)[keyof typeof KeyModifier]): boolean {
  return Math.floor(key / modifier) % 2 === 1;
}

/** The key with these modifiers in place of its own; `modifiers` is a sum of `KeyModifier` values. */
export function withModifiers(key: KeyCode, modifiers: number): KeyCode {
  return keyBase(key) + keyModifiers(modifiers);
}

/** Whether the key is an event of the mouse; PANE_KEY carries none of them. */
export function isMouseKey(key: KeyCode): boolean {
  const base = keyBase(key);
  return base >= Key.Mouse && base < Key.BSpace;
}

/**
 * Whether tmux has such a key: with any modifiers, a Unicode scalar value or one of `Key`. `KEY_NONE` and `KEY_UNKNOWN` are not keys.
 */
export function isValidKeyCode(key: number): key is KeyCode {
  if (!Number.isInteger(key) || key < 0 || key >= KEY_CODE_END) return false;
  const base = keyBase(key);
  if (base >= KEY_BASE) return base <= LAST_KEY;
  return base <= LAST_CODE_POINT && (base < 0xd800 || base > 0xdfff);
}
