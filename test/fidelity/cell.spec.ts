import { describe, expect, it } from 'vitest';
import { lookOf, parseCells, textOf } from './cell.js';

describe('the cells of a captured screen', () => {
  const first = (line: string, n = 0) => parseCells([line])[0]?.[n];

  it.each([
    ['\u001B[31mx', { fg: '31', bg: '', attributes: '' }],
    ['\u001B[38;5;100;48;2;1;2;3mx', { fg: '38;5;100', bg: '48;2;1;2;3', attributes: '' }],
    ['\u001B[38:2::1:2:3mx', { fg: '38;2;1;2;3' }],
    ['\u001B[4;1mx', { attributes: '1;4' }],
    ['\u001B[1;2;7m\u001B[22mx', { attributes: '7' }],
    ['\u001B[1;31;42m\u001B[mx', { fg: '', bg: '', attributes: '' }],
    ['\u001B[31;42m\u001B[39;49mx', { fg: '', bg: '' }],
    ['\u001B[97;104mx', { fg: '97', bg: '104' }],
    ['\u001B[4:3mx', { attributes: ',4:3' }],
    ['\u000Eq\u000F', { text: '─' }],
  ])('have the look that SGR gives them: %j', (line, look) => expect(first(line)).toMatchObject(look));

  it('know their columns, with wide and combining characters', () => {
    const [cells = []] = parseCells(['a日e\u0301b']);
    expect(cells.map(({ text, column }) => [text, column])).toEqual([
      ['a', 0],
      ['日', 1],
      ['e\u0301', 3],
      ['b', 4],
    ]);
  });

  it('go on with the style of the line before', () => {
    const rows = parseCells(['\u001B[31mx', 'y\u001B[m', 'z']);
    expect(rows.map(([cell]) => cell?.fg)).toEqual(['31', '31', '']);
  });

  it('end with the last that shows something', () => {
    expect(parseCells(['ab  \u001B[31m  ']).map(textOf)).toEqual(['ab']);
    expect(parseCells(['ab \u001B[42m ']).map(textOf)).toEqual(['ab  ']);
    expect(parseCells(['ab \u001B[7m ']).map(textOf)).toEqual(['ab  ']);
  });

  it('are blank without what does not show in a blank', () => {
    expect(parseCells(['\u001B[31;1m \u001B[42m \u001B[4m x'])[0]).toMatchObject([
      { fg: '', bg: '', attributes: '' },
      { fg: '', bg: '42', attributes: '' },
      { fg: '31', bg: '42', attributes: '4' },
      { attributes: '1;4' },
    ]);
  });

  it('are no other escape sequence', () => expect(() => parseCells(['\u001B[2J'])).toThrow('not an SGR'));

  it('are told in a few words', () => {
    expect(lookOf(first('\u001B[1;31mx'))).toBe('"x" in 31 1');
    expect(lookOf(undefined)).toBe('nothing');
  });
});
