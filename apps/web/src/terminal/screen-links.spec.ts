import { describe, expect, it } from 'vitest';
import { linksOf, type ScreenLine } from './screen-links.js';

/** Lines of `cols` columns; one that ends in `↩` is known to go on. */
function screen(cols: number, ...texts: readonly string[]): readonly ScreenLine[] {
  return texts.map((text) => {
    const goesOn = text.endsWith('↩');
    return { cells: (goesOn ? text.slice(0, -1) : text).padEnd(cols).split(''), goesOn };
  });
}

const urls = (lines: readonly ScreenLine[], y: number): readonly unknown[] =>
  linksOf(lines, y).map(({ url, unsure }) => (unsure ? [url, 'unsure'] : url));

describe('linksOf', () => {
  it('finds addresses, and not the punctuation after them', () => {
    const lines = screen(60, 'see https://a.example/b?c=d#e, (http://[::1]:80/x) and ftp://no', 'HTTPS://UP.example.');
    expect(urls(lines, 0)).toEqual(['https://a.example/b?c=d#e', 'http://[::1]:80/x']);
    expect(urls(lines, 1)).toEqual(['HTTPS://UP.example']);
    expect(linksOf(lines, 0)[0]).toMatchObject({ from: { x: 4, y: 0 }, to: { x: 28, y: 0 } });
  });

  it('is sure of an address that the terminal itself wrapped, at each of its lines', () => {
    const lines = screen(20, 'at https://a.example↩', '/and/so/on?and=on&on↩', '&end rest');
    for (const y of [0, 1, 2]) expect(urls(lines, y)).toEqual(['https://a.example/and/so/on?and=on&on&end']);
    expect(linksOf(lines, 1)[0]).toMatchObject({ from: { x: 3, y: 0 }, to: { x: 3, y: 2 } });
  });

  it('is not sure where a line is only full', () => {
    const lines = screen(20, 'at https://a.example', '/and/so/on rest');
    for (const y of [0, 1]) expect(urls(lines, y)).toEqual([['https://a.example/and/so/on', 'unsure']]);
  });

  it('does not go on after a line with a blank at its end, or with what is no part of an address', () => {
    expect(urls(screen(21, 'at https://a.example', '/and/so/on'), 0)).toEqual(['https://a.example']);
    expect(urls(screen(20, 'at https://a.example', ' and so on'), 0)).toEqual(['https://a.example']);
    expect(urls(screen(20, 'at https://a.example', 'x'), 1)).toEqual([['https://a.examplex', 'unsure']]);
  });

  it('is not sure of an address that a border cuts', () => {
    expect(urls(screen(30, 'https://a.example/lo│other pane'), 0)).toEqual([['https://a.example/lo', 'unsure']]);
  });

  it('counts columns of wide characters, and characters of several code units', () => {
    const cells = ['日', '', '🙂', '', 'e\u0301', ' ', ...'https://a.example/'.split(''), '本', '', ' '];
    const [link] = linksOf([{ cells, goesOn: false }], 0);
    expect(link).toEqual({ url: 'https://a.example/本', from: { x: 6, y: 0 }, to: { x: 24, y: 0 }, unsure: false });
  });

  it('looks twenty lines up and down, not further', () => {
    const lines = screen(10, 'https://a/', ...Array.from({ length: 40 }, () => '0123456789'));
    expect(linksOf(lines, 20)).toHaveLength(1);
    expect(linksOf(lines, 21)).toEqual([]);
    expect(linksOf(lines, 0)[0]?.to).toEqual({ x: 9, y: 20 });
    const known = lines.map(({ cells }) => ({ cells, goesOn: true }));
    expect(linksOf(known, 0)[0]).toMatchObject({ to: { x: 9, y: 20 }, unsure: true });
  });
});
