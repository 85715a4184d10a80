import type { CopyMode } from '#tmate-protocol';
import { describe, expect, it } from 'vitest';
import { cellText } from '../vt/line.js';
import { after, bytesOf } from '../vt/screen.fixture.js';
import type { Terminal } from '../vt/terminal.js';
import { CopyView } from './copy-view.js';

const REST: CopyMode = {
  ofPane: true,
  scrolledBack: 0,
  cursorX: 0,
  cursorY: 0,
  selection: undefined,
  prompt: undefined,
};
const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`).join('\r\n');

/** What the view shows; where cells have the mode's style, their columns follow. */
function shown(view: CopyView): string[] {
  return Array.from({ length: view.rows }, (_, y) => {
    const row = view.line(y);
    let text = '';
    let marked = '';
    for (let x = 0; x < view.cols; x++) {
      text += cellText(row, x);
      if ((row.words[x * 3 + 2] ?? 0) === 0x1000003) marked += `${marked === '' ? '' : ','}${x}`;
    }
    return marked === '' ? text.trimEnd() : `${text.trimEnd()} <${marked}>`;
  });
}

function viewOf(terminal: Terminal, state: Partial<CopyMode> = {}): CopyView {
  const view = new CopyView(terminal, { textView: false });
  view.update({ ...REST, ...state });
  return view;
}

describe('a pane in copy mode', () => {
  it('shows the position at the end of the first row', () => {
    expect(shown(viewOf(after(lines(10), 16, 4)))).toEqual([
      'line 6     [0/6] <11,12,13,14,15>',
      'line 7',
      'line 8',
      'line 9',
    ]);
  });

  it('scrolls back, as far as there is something', () => {
    const terminal = after(lines(10), 16, 3);
    expect(shown(viewOf(terminal, { scrolledBack: 5 }))).toEqual([
      'line 2     [5/7] <11,12,13,14,15>',
      'line 3',
      'line 4',
    ]);
    expect(shown(viewOf(terminal, { scrolledBack: 9 }))[2]).toBe('line 0');
  });

  it('begins at the cursor of the pane', () => {
    const view = new CopyView(after('ab\r\ncd', 16, 4), { textView: false });
    expect([view.cursorX, view.cursorY]).toEqual([2, 1]);
  });

  it('selects written cells only', () => {
    const selection = { x: 3, linesFromBottom: 2, rectangle: false };
    expect(shown(viewOf(after(lines(3), 16, 4), { cursorX: 1, cursorY: 3, selection }))).toEqual([
      'line 0     [0/0] <11,12,13,14,15>',
      'line 1 <3,4,5>',
      'line 2 <0,1,2,3,4,5>',
      '',
    ]);
  });

  it('selects from beyond the view', () => {
    const terminal = after(lines(10), 16, 4);
    const above = { x: 3, linesFromBottom: 9, rectangle: false };
    expect(shown(viewOf(terminal, { cursorX: 1, cursorY: 1, selection: above })).slice(1)).toEqual([
      'line 7 <0,1>',
      'line 8',
      'line 9',
    ]);
    const below = { x: 3, linesFromBottom: 0, rectangle: false };
    expect(shown(viewOf(terminal, { scrolledBack: 4, cursorX: 4, cursorY: 2, selection: below })).slice(1)).toEqual([
      'line 3',
      'line 4 <4,5>',
      'line 5 <0,1,2,3,4,5>',
    ]);
  });

  it('selects a rectangle, and to the last column with the keys of vi', () => {
    const terminal = after(lines(10), 16, 4);
    const view = viewOf(terminal, { cursorX: 3, cursorY: 1, selection: { x: 1, linesFromBottom: 0, rectangle: true } });
    expect(shown(view).slice(1)).toEqual(['line 7 <1,2,3>', 'line 8 <1,2,3>', 'line 9 <1,2,3>']);
    view.update({ ...REST, cursorX: 1, cursorY: 2, selection: { x: 3, linesFromBottom: 1, rectangle: false } });
    expect(shown(view)[2]).toBe('line 8 <1,2>');
    view.options = { modeStyle: { fg: 0, bg: 0x1000003, attr: 0 }, modeKeys: 'vi' };
    expect(shown(view)[2]).toBe('line 8 <1,2,3>');
  });

  it('asks on the last row, over what is there', () => {
    const prompt = { kind: 4, prompt: 'Search Down', text: 'é' };
    const [, , third, last] = shown(viewOf(after('a\r\nb\r\nc\r\n0123456789abcdef', 20, 4), { prompt }));
    expect(third).toBe('c');
    // The host takes the two bytes of é for two columns.
    expect(last).toBe(`Search Down: é f <${Array.from({ length: 14 }, (_, x) => x).join(',')}>`);
  });

  it('cuts a prompt that is longer than the row, at a whole character', () => {
    const prompt = { kind: 4, prompt: 'Search Up', text: '漢字漢字漢字漢字' };
    const rows = shown(viewOf(after(lines(9), 18, 3), { prompt }));
    expect(rows[2]).toMatch(/^Search Up: 漢字 </);
  });

  it('marks a cursor behind a full line', () => {
    const view = viewOf(after('0123456789', 10, 3), { cursorX: 10, cursorY: 1 });
    expect(shown(view)[1]).toBe('         $');
    expect([view.cursorX, view.cursorY]).toEqual([9, 1]);
  });

  it('leaves out half of a wide character under the position', () => {
    const [first] = shown(viewOf(after('漢字漢字漢字漢字', 16, 3)));
    expect(first?.startsWith('漢字漢字漢')).toBe(true);
    expect(first).toContain('0/0]');
  });

  it('ends the selection with a new size, and goes back to the end of the line', () => {
    // The beginning of the second line is erased, as ED up to the cursor does: blanks, but written.
    const terminal = after('one\r\ntwo\x1b[2;9H\x1b[1J\x1b[3;6H!', 16, 4);
    const view = viewOf(terminal, {
      cursorX: 8,
      cursorY: 1,
      selection: { x: 3, linesFromBottom: 1, rectangle: false },
    });
    terminal.resize(16, 3);
    view.resize(16, 3);
    expect([view.cursorX, view.cursorY]).toEqual([0, 1]);
    view.update({ ...REST, cursorX: 4, cursorY: 2 });
    terminal.resize(14, 3);
    view.resize(14, 3);
    expect([view.cursorX, view.cursorY]).toEqual([4, 2]);
    // The host takes the right half of a wide character for a blank.
    const wide = after('漢', 16, 4);
    const behind = viewOf(wide, { cursorX: 2 });
    behind.resize(16, 4);
    expect(behind.cursorX).toBe(1);
  });

  it('shows a new style when it is redrawn: scrolled, selecting, asking, or with a new size', () => {
    const [yellow, red] = [
      { fg: 0, bg: 0x1000003, attr: 0 },
      { fg: 0, bg: 0x1000001, attr: 0 },
    ];
    const terminal = after(lines(10), 16, 4);
    const view = new CopyView(terminal, { textView: false, modeStyle: yellow });
    const isYellow = (): boolean => view.line(0).words[15 * 3 + 2] === yellow.bg;
    const changes: (() => void)[] = [
      () => view.update({ ...REST, scrolledBack: 2 }),
      () => view.update({ ...REST, selection: { x: 3, linesFromBottom: 1, rectangle: false } }),
      () => view.update({ ...REST, prompt: { kind: 4, prompt: 'Search Down', text: '' } }),
      () => view.resize(16, 4),
    ];
    for (const change of changes) {
      view.options = { modeStyle: yellow, modeKeys: 'emacs' };
      view.update(REST);
      view.nextStyle = red;
      view.update({ ...REST, cursorX: 1 });
      expect(isYellow()).toBe(true);
      change();
      expect(isYellow()).toBe(false);
    }
  });

  it('keeps its row objects while they look the same', () => {
    const terminal = after(lines(10), 16, 4);
    const view = viewOf(terminal);
    const rows = [0, 1, 2, 3].map((y) => view.line(y));
    view.update({ ...REST, cursorX: 4 });
    expect([0, 1, 2, 3].map((y) => view.line(y))).toEqual(rows);
    expect(view.line(2)).toBe(rows[2]);
    terminal.write(bytesOf('\x1b[3;1HX'));
    expect(view.line(2)).not.toBe(rows[2]);
    expect(view.line(1)).toBe(rows[1]);
  });

  it('clamps whatever the host may send', () => {
    const wild = { ofPane: true, scrolledBack: 2 ** 31, cursorX: 2 ** 31, cursorY: 2 ** 31, prompt: undefined };
    const terminal = after(lines(10), 8, 3);
    const view = viewOf(terminal, {
      ...wild,
      selection: { x: 2 ** 31, linesFromBottom: -(2 ** 31), rectangle: true },
    });
    expect(() => shown(view)).not.toThrow();
    expect([view.cursorX, view.cursorY]).toEqual([7, 2]);
    terminal.resize(2, 1);
    view.resize(2, 1);
    expect(() => shown(view)).not.toThrow();
    expect([view.cursorX, view.cursorY]).toEqual([1, 0]);
  });
});

describe('a text view', () => {
  function textView(...texts: string[]): CopyView {
    const view = new CopyView(after('the pane itself', 16, 4), { textView: true });
    for (const text of texts) view.addLine(text);
    return view;
  }

  it('shows its lines, wrapped', () => {
    expect(shown(textView('one', '0123456789abcdefgh', 'two')).map((line) => line.split(' <')[0])).toEqual([
      'one        [0/0]',
      '0123456789abcdef',
      'gh',
      'two',
    ]);
  });

  it('leaves out controls and styles of no meaning here', () => {
    const [first, second] = shown(textView('', 'a\u001b[31mb\tc\u007f#[fg=red]d'));
    expect(first).toContain('[0/0]');
    expect(second).toBe('a[31mbc#[fg=red]');
  });

  it('draws lines between characters 1, until the end of the line', () => {
    const view = textView('', '\u0001q\u0001q\u0001q', 'q');
    expect([0, 1, 2].map((x) => ((view.line(1).words[x * 3] ?? 0) >>> 23) & 0x80)).toEqual([0x80, 0, 0x80]);
    expect(((view.line(2).words[0] ?? 0) >>> 23) & 0x80).toBe(0);
  });

  it('keeps in view what is looked at while lines come', () => {
    const view = textView(...Array.from({ length: 8 }, (_, i) => `line ${i}`));
    expect(shown(view)[1]).toBe('line 1');
    expect(view.position).toEqual({ scrolledBack: 4, historySize: 4 });
    view.update({ ...REST, ofPane: false });
    expect(shown(view)[3]).toBe('line 7');
  });

  it('wraps again with the size', () => {
    const view = textView('0123456789abcdefgh', 'x');
    view.resize(20, 3);
    expect(
      shown(view)
        .slice(0, 2)
        .map((line) => line.split(' <')[0]),
    ).toEqual(['0123456789abcde[0/0]', 'x']);
  });

  it('takes no lines for a view of the pane itself', () => {
    const view = viewOf(after('a', 16, 3));
    view.addLine('b');
    expect(shown(view)[1]).toBe('');
  });
});
