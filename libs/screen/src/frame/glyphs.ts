/** The DEC line-drawing set, by the ASCII characters of its members. */
const UNICODE_OF_DEC: Readonly<Record<string, string>> = {
  '+': '→',
  ',': '←',
  '-': '↑',
  '.': '↓',
  '0': '▮',
  '`': '◆',
  a: '▒',
  f: '°',
  g: '±',
  h: '▒',
  i: '☃',
  j: '┘',
  k: '┐',
  l: '┌',
  m: '└',
  n: '┼',
  o: '⎺',
  p: '⎻',
  q: '─',
  r: '⎼',
  s: '⎽',
  t: '├',
  u: '┤',
  v: '┴',
  w: '┬',
  x: '│',
  y: '≤',
  z: '≥',
  '{': 'π',
  '|': '≠',
  '}': '£',
  '~': '·',
};
/** What a VT100 itself has of them; the rest came with later terminals. */
const VT100_HAS = 'afgjklmnopqrstuvwxyz{|}~`';

const unicodeByDec = new Map<number, number>();
const decByUnicode = new Map<number, number>();
for (const [dec, unicode] of Object.entries(UNICODE_OF_DEC)) {
  const code = dec.charCodeAt(0);
  const point = unicode.charCodeAt(0);
  unicodeByDec.set(code, point);
  if (VT100_HAS.includes(dec) && !decByUnicode.has(point)) decByUnicode.set(point, code);
}
// Heavy and double lines are better light than not at all.
for (const [like, others] of [
  ['q', '━═╌┄'],
  ['x', '┃║╎┆'],
  ['l', '┏╔╭'],
  ['k', '┓╗╮'],
  ['m', '┗╚╰'],
  ['j', '┛╝╯'],
  ['t', '┣╠'],
  ['u', '┫╣'],
  ['w', '┳╦'],
  ['v', '┻╩'],
  ['n', '╋╬'],
] as const) {
  for (const char of others) decByUnicode.set(char.charCodeAt(0), like.charCodeAt(0));
}

/** In plain ASCII, what is likest to a member of the set. */
const ASCII_OF_DEC: Readonly<Record<string, string>> = {
  a: '#',
  f: 'o',
  g: '+',
  o: '-',
  p: '-',
  q: '-',
  r: '-',
  s: '_',
  x: '|',
  y: '<',
  z: '>',
  '{': '*',
  '|': '!',
  '}': 'L',
  '~': '.',
  '`': '+',
};
const ASCII_OF: Readonly<Record<string, string>> = {
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '▮': '#',
  '█': '#',
  '☃': '#',
  '•': 'o',
  '…': '.',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  ' ': ' ',
};
const CORNER = 0x2b;
/** The replacement for a character that a terminal does not have. */
export const REPLACEMENT = 0x3f;

/** The Unicode character of a cell whose `charset` attribute is set. */
export function unicodeOfDec(codePoint: number): number {
  return unicodeByDec.get(codePoint) ?? codePoint;
}

/** The member of the line-drawing set that shows this character; undefined for those it lacks. */
export function decOfUnicode(codePoint: number): number | undefined {
  return decByUnicode.get(codePoint);
}

/** An ASCII replacement for another character: the most similar one, or a question mark. */
export function asciiOf(codePoint: number): number {
  const dec = decByUnicode.get(codePoint);
  const found = dec === undefined ? ASCII_OF[String.fromCodePoint(codePoint)] : undefined;
  if (found !== undefined) return found.charCodeAt(0);
  if (dec === undefined) return REPLACEMENT;
  return ASCII_OF_DEC[String.fromCharCode(dec)]?.charCodeAt(0) ?? CORNER;
}

/**
 * Whether terminals disagree on how wide this character is: emoji, symbols that may be drawn as one, private use. Where
 * the cursor is after it is not known.
 */
export function isWidthDisputed(codePoint: number): boolean {
  if (codePoint < 0x2190) return codePoint === 0xad || (codePoint >= 0x1100 && codePoint < 0x1200);
  if (codePoint < 0x2500) return codePoint < 0x2200 || (codePoint >= 0x2300 && codePoint < 0x2400);
  if (codePoint < 0x2600) return codePoint >= 0x25a0;
  if (codePoint < 0x2800) return true;
  if (codePoint < 0x10000) {
    return (codePoint >= 0x2b00 && codePoint < 0x2c00) || (codePoint >= 0xe000 && codePoint < 0xf900);
  }
  return codePoint < 0x20000 || codePoint >= 0x40000;
}
