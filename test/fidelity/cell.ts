import { charWidth } from '#screen';

/** One character of a screen as its terminal shows it. */
export interface Cell {
  /** The character with what combines with it; a blank where nothing was written. */
  readonly text: string;
  /** The column it begins in, from 0. */
  readonly column: number;
  /** SGR parameters: `31`, `38;5;100`, `38;2;1;2;3`; empty for the terminal's own colour. */
  readonly fg: string;
  readonly bg: string;
  /** SGR parameters of the attributes that are on, in order: `1;4`. */
  readonly attributes: string;
}

/** How what follows is drawn. */
interface Pen {
  fg: string;
  bg: string;
  underline: string;
  attributes: Set<number>;
}

/** By the parameter that ends them: attributes that are on. */
const ENDS: Readonly<Record<number, readonly number[]>> = {
  21: [1],
  22: [1, 2],
  23: [3],
  24: [4],
  25: [5],
  27: [7],
  28: [8],
  29: [9],
  55: [53],
};
const SEEN_IN_BLANKS = new Set([4, 7, 9, 53]);

const blankPen = (): Pen => ({ fg: '', bg: '', underline: '', attributes: new Set() });

/**
 * Reads lines that carry SGR sequences, as `capture-pane -e` writes them: what a line ends with goes on in the next one.
 * Line drawing by SO and SI is read as what it draws. Any other escape sequence is an error.
 */
export function parseCells(lines: readonly string[]): Cell[][] {
  const pen = blankPen();
  const drawing = { on: false };
  return lines.map((line) => trimmed(parseLine(line, pen, drawing)));
}

/** A line's text, without styles. */
export function textOf(cells: readonly Cell[]): string {
  return cells.map(({ text }) => text).join('');
}

/** A cell's look in a few words, for reports. */
export function lookOf(cell: Cell | undefined): string {
  if (cell === undefined) return 'nothing';
  const { fg, bg, attributes } = cell;
  const style = [fg, bg, attributes].filter((part) => part !== '').join(' ');
  return `${JSON.stringify(cell.text)}${style === '' ? '' : ` in ${style}`}`;
}

function parseLine(line: string, pen: Pen, drawing: { on: boolean }): Cell[] {
  const cells: { -readonly [Key in keyof Cell]: Cell[Key] }[] = [];
  let column = 0;
  for (let at = 0; at < line.length;) {
    const code = line.codePointAt(at) ?? 0;
    const char = String.fromCodePoint(code);
    if (char === '\u001B') {
      const [sequence, parameters] = /^\u001B\[([\d;:]*)m/.exec(line.slice(at, at + 200)) ?? [];
      if (sequence === undefined) throw new Error(`not an SGR sequence: ${JSON.stringify(line.slice(at, at + 20))}`);
      setPen(pen, parameters ?? '');
      at += sequence.length;
      continue;
    }
    at += char.length;
    if (char === '\u000E' || char === '\u000F') {
      drawing.on = char === '\u000E';
      continue;
    }
    const width = charWidth(code);
    const last = cells.at(-1);
    if (width === 0 && last !== undefined) {
      last.text += char;
      continue;
    }
    const text = drawing.on ? (DRAWN[char] ?? char) : char;
    cells.push({ text, column, ...shown(pen, text) });
    column += width;
  }
  return cells;
}

/** What of a pen is to be seen: a blank has no foreground, unless there is a line in it or it is reversed. */
function shown({ fg, bg, underline, attributes }: Pen, text: string): Pick<Cell, 'fg' | 'bg' | 'attributes'> {
  const seen = [...attributes].filter((code) => text !== ' ' || SEEN_IN_BLANKS.has(code)).sort((a, b) => a - b);
  const blank = text === ' ' && seen.length === 0 && underline === '';
  return { fg: blank ? '' : fg, bg, attributes: seen.join(';') + underline };
}

function setPen(pen: Pen, parameters: string): void {
  const given = parameters.split(';');
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? '';
    const code = Number(word.split(':')[0]);
    if (word.includes(':')) setSub(pen, code, word);
    else if (code === 0) Object.assign(pen, blankPen());
    else if (code === 38 || code === 48 || code === 58) {
      const count = given[at + 1] === '5' ? 3 : 5;
      setColour(pen, code, given.slice(at, at + count).join(';'));
      at += count - 1;
    } else if (code === 39 || code === 49 || code === 59) setColour(pen, code - 1, '');
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) pen.fg = word;
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) pen.bg = word;
    else if (ENDS[code] !== undefined) for (const attribute of ENDS[code]) pen.attributes.delete(attribute);
    else pen.attributes.add(code);
  }
}

/** `4:3` is a curly line; colours may have colons too. */
function setSub(pen: Pen, code: number, word: string): void {
  if (code === 4) pen.underline = word === '4:0' ? '' : `,${word}`;
  else setColour(pen, code, word.replaceAll('::', ':').replaceAll(':', ';'));
}

function setColour(pen: Pen, code: number, colour: string): void {
  if (code === 38) pen.fg = colour;
  else if (code === 48) pen.bg = colour;
}

/** Without the blanks at the end that look like nothing was written there. */
function trimmed(cells: Cell[]): Cell[] {
  let end = cells.length;
  while (end > 0 && isNothing(cells[end - 1])) end--;
  return cells.slice(0, end);
}

function isNothing(cell: Cell | undefined): boolean {
  return cell?.text === ' ' && cell.bg === '' && cell.attributes === '';
}

/** DEC's line drawing. */
const DRAWN: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('`◆a▒f°g±j┘k┐l┌m└n┼o⎺p⎻q─r⎼s⎽t├u┤v┴w┬x│y≤z≥{π|≠}£~·'.match(/../gu) ?? [], (pair) => [
    pair.charAt(0),
    pair.slice(1),
  ]),
);
