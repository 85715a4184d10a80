/** Why a number was not taken, in the words that tmux uses in its messages. */
export type NumberFault = 'invalid' | 'too small' | 'too large';

/** Reads a decimal number from `min` to `max`, as OpenBSD's `strtonum` does: leading blanks and a sign are allowed. */
export function parseNumber(text: string, min: number, max: number): number | NumberFault {
  if (!/^[ \t\n\v\f\r]*[+-]?[0-9]+$/.test(text)) return 'invalid';
  const value = Number(text.trim());
  if (value < min) return 'too small';
  if (value > max) return 'too large';
  return value;
}
