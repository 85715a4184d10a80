import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLOUR_BASIC, DEFAULT_STYLE, type Style } from '#tmux';
import { fillCells, putText, rowText } from '../cells.js';
import { Row, WORDS_PER_CELL } from '../row.js';
import { composeWindow } from './compose.js';
import type { PaneSource, PaneView, WindowView } from './window-view.js';

const GREEN: Style = { fg: COLOUR_BASIC | 2, bg: 0, attr: 0 };

/** A pane's content that a test writes to: rows are live, as a terminal's are. */
class Content implements PaneSource {
  rows: Row[] = [];
  cursorX = 0;
  cursorY = 0;
  cursorVisible = true;
  cursorShape = 0 as const;
  static #stamp = 0;

  constructor(...lines: string[]) {
    for (const [y, line] of lines.entries()) this.write(y, line);
  }

  line(y: number): Row | undefined {
    return this.rows[y];
  }

  write(y: number, text: string, cols = text.length): void {
    const row = (this.rows[y] ??= new Row(cols * 2));
    row.words.fill(0);
    row.clusters = undefined;
    putText(row, 0, text, DEFAULT_STYLE);
    row.stamp = ++Content.#stamp;
  }

  scroll(text: string): void {
    this.rows.shift();
    this.write(this.rows.length, text);
  }
}

function numbered(count: number): Content {
  return new Content(...Array.from({ length: count }, (_, y) => `line ${y}`));
}

type Place = readonly [id: number, x: number, y: number, cols: number, rows: number];

function pane([id, x, y, cols, rows]: Place, source: PaneSource = new Content()): PaneView {
  return { id, x, y, cols, rows, source };
}

function view(cols: number, rows: number, panes: readonly PaneView[], more: Partial<WindowView> = {}): WindowView {
  return {
    cols,
    rows,
    window: { cols, rows: rows - (more.statusRow === undefined ? 0 : 1) },
    panes,
    activePaneId: panes[0]?.id ?? -1,
    statusRow: undefined,
    statusPosition: 'bottom',
    borderStyle: DEFAULT_STYLE,
    activeBorderStyle: GREEN,
    ...more,
  };
}

function status(text: string, cols: number): Row {
  const row = new Row(cols);
  fillCells(row, putText(row, 0, text, DEFAULT_STYLE), cols, DEFAULT_STYLE);
  return row;
}

const shown = (given: WindowView): string[] => composeWindow(given).lines.map(rowText);

/** The lines with a `*` for every border cell in the active colour. */
function active(given: WindowView): string[] {
  return composeWindow(given).lines.map((row) => {
    let text = '';
    for (let x = 0; x < row.cols; x++) {
      const green = row.words[x * WORDS_PER_CELL + 1] === GREEN.fg;
      const codePoint = (row.words[x * WORDS_PER_CELL] ?? 0) & 0x1fffff;
      text += green ? '*' : codePoint > 0x7f ? '-' : ' ';
    }
    return text.trimEnd();
  });
}

describe('composeWindow', () => {
  it('draws one pane, the status line below or above, and the cursor', () => {
    const source = new Content('one', 'two');
    source.cursorX = 3;
    source.cursorY = 1;
    const panes = [pane([0, 0, 0, 10, 3], source)];
    expect(shown(view(10, 4, panes, { statusRow: status('status', 10) }))).toEqual(['one', 'two', '', 'status']);
    const top = composeWindow(view(10, 4, panes, { statusRow: status('status', 10), statusPosition: 'top' }));
    expect(top.lines.map(rowText)).toEqual(['status', 'one', 'two', '']);
    expect(top.cursor).toEqual({ x: 3, y: 2, visible: true, shape: 0 });
  });

  it('keeps the cursor in the last column while a wrap is pending', () => {
    const source = new Content('0123456789');
    source.cursorX = 10;
    expect(composeWindow(view(10, 2, [pane([0, 0, 0, 10, 2], source)])).cursor.x).toBe(9);
  });

  it('has it on the border before a pending wrap', () => {
    const source = new Content('01234');
    source.cursorX = 5;
    const panes = [pane([0, 0, 0, 5, 2], source), pane([1, 6, 0, 4, 2])];
    expect(composeWindow(view(10, 2, panes)).cursor).toMatchObject({ x: 5, y: 0, visible: true });
    // A program moved it to the right from there.
    source.cursorX = 8;
    expect(composeWindow(view(10, 2, panes)).cursor).toMatchObject({ x: 8, y: 0, visible: true });
    source.cursorX = 12;
    expect(composeWindow(view(10, 2, panes)).cursor).toMatchObject({ x: 9, y: 0, visible: true });
  });

  it('draws lines between panes, joined where they meet', () => {
    const panes = [pane([0, 0, 0, 4, 5]), pane([1, 5, 0, 5, 2]), pane([2, 5, 3, 2, 2]), pane([3, 8, 3, 2, 2])];
    expect(shown(view(10, 5, panes))).toEqual(['    │', '    │', '    ├──┬──', '    │  │', '    │  │']);
    expect(active(view(10, 5, panes))).toEqual(['    *', '    *', '    *-----', '    *  -', '    *  -']);
    expect(active(view(10, 5, panes, { activePaneId: 3 }))).toEqual([
      '    -',
      '    -',
      '    ---***',
      '    -  *',
      '    -  *',
    ]);
  });

  it('crosses lines where four panes meet', () => {
    const panes = [pane([0, 0, 0, 2, 1]), pane([1, 3, 0, 2, 1]), pane([2, 0, 2, 2, 1]), pane([3, 3, 2, 2, 1])];
    expect(shown(view(5, 3, panes))).toEqual(['  │', '──┼──', '  │']);
  });

  it('shares the line of two panes half and half', () => {
    const sides = [pane([0, 0, 0, 4, 6]), pane([1, 5, 0, 5, 6])];
    expect(active(view(10, 6, sides))).toEqual(['    *', '    *', '    *', '    *', '    -', '    -']);
    expect(active(view(10, 6, sides, { activePaneId: 1 }))).toEqual([
      '    -',
      '    -',
      '    -',
      '    -',
      '    *',
      '    *',
    ]);
    const stacked = [pane([0, 0, 0, 10, 2]), pane([1, 0, 3, 10, 3])];
    expect(active(view(10, 6, stacked))[2]).toBe('******----');
    expect(active(view(10, 6, stacked, { activePaneId: 1 }))[2]).toBe('------****');
  });

  it('draws only a zoomed pane, whether the zoom is reported or visible', () => {
    const panes = [pane([0, 0, 0, 10, 3], new Content('zoomed')), pane([1, 5, 0, 5, 3], new Content('hid'))];
    expect(shown(view(10, 3, panes))).toEqual(['zoomed', '', '']);
    const smaller = [pane([0, 0, 0, 4, 3], new Content('four')), pane([1, 0, 0, 10, 2], new Content('zoomed'))];
    expect(shown(view(10, 3, smaller, { zoomedPaneId: 1 }))).toEqual(['zoomed', '', '──────────']);
  });

  it('draws the margin of a smaller window as tmux does', () => {
    const statusRow = status('status', 50);
    const small = view(50, 6, [pane([0, 0, 0, 8, 2], new Content('hello'))], {
      window: { cols: 8, rows: 2 },
      statusRow,
    });
    expect(shown(small)).toEqual([
      `hello   │${'·'.repeat(41)}`,
      `        │${'·'.repeat(41)}`,
      `────────┘${'·'.repeat(41)}`,
      '·'.repeat(50),
      `${'·'.repeat(18)}(size 8x2 from a smaller client)`,
      'status',
    ]);
    expect(active(small).slice(0, 3)).toEqual([
      `        *${'-'.repeat(41)}`,
      `        *${'-'.repeat(41)}`,
      `*********${'-'.repeat(41)}`,
    ]);
  });

  it('notes the size only where there is room for it', () => {
    const at = (cols: number, rows: number): string =>
      shown(view(cols, rows, [], { window: { cols: 40, rows: 4 } })).join('\n');
    expect(at(40, 5)).not.toContain('size');
    expect(at(40, 6)).toContain('(size 40x4 from a smaller client)');
    expect(at(70, 4)).not.toContain('size');
    expect(at(80, 4)).toContain('size');
    const forced = { window: { cols: 40, rows: 4 }, limitedBy: 'force-width, force-height' };
    expect(shown(view(80, 6, [], forced)).join('\n')).toContain('(size 40x4 from force-width, force-height)');
  });

  it('shows the part of a larger window that it is told to', () => {
    const source = new Content('0123456789', 'abcdefghij', 'ABCDEFGHIJ');
    source.cursorX = 6;
    source.cursorY = 2;
    const panes = [pane([0, 0, 0, 10, 3], source)];
    const window = { cols: 10, rows: 3 };
    const at = composeWindow(view(4, 2, panes, { window, offsetX: 4, offsetY: 1 }));
    expect(at.lines.map(rowText)).toEqual(['efgh', 'EFGH']);
    expect(at.cursor).toMatchObject({ x: 2, y: 1, visible: true });
    const corner = composeWindow(view(4, 2, panes, { window }));
    expect(corner.lines.map(rowText)).toEqual(['0123', 'abcd']);
    expect(corner.cursor.visible).toBe(false);
    expect(shown(view(4, 2, panes, { window, offsetX: 99, offsetY: -5 }))).toEqual(['6789', 'ghij']);
  });

  it('cuts wide characters at the edges to blanks', () => {
    const source = new Content('a中b字');
    const panes = [pane([0, 0, 0, 6, 1], source)];
    expect(shown(view(5, 1, panes, { window: { cols: 6, rows: 1 } }))).toEqual(['a中b']);
    expect(shown(view(3, 1, panes, { window: { cols: 6, rows: 1 }, offsetX: 2 }))).toEqual([' b']);
  });

  it('lays whole lines over everything', () => {
    const source = new Content('one', 'two');
    const row = status('message', 8);
    const given = view(8, 2, [pane([0, 0, 0, 8, 2], source)]);
    const before = composeWindow(given);
    const during = composeWindow({ ...given, overlay: [{ y: 1, row }] }, before);
    expect(during.lines.map(rowText)).toEqual(['one', 'message']);
    expect(composeWindow(given, during).lines.map(rowText)).toEqual(['one', 'two']);
  });
});

describe('what composeWindow shares with the picture before', () => {
  const statusRow = status('status', 20);
  const given = (source: PaneSource): WindowView => view(20, 6, [pane([0, 0, 0, 20, 5], source)], { statusRow });

  it('is all of it where nothing changed', () => {
    const source = numbered(5);
    const first = composeWindow(given(source));
    expect(composeWindow(given(source), first)).toBe(first);
    // A new row with the same content is the same line.
    source.write(2, 'line 2');
    expect(composeWindow({ ...given(source), statusRow: status('status', 20) }, first)).toBe(first);
  });

  it('is every line but the one that changed', () => {
    const source = numbered(5);
    const first = composeWindow(given(source));
    source.write(2, 'other');
    const second = composeWindow(given(source), first);
    expect(second.lines.map((line, y) => line === first.lines[y])).toEqual([true, true, false, true, true, true]);
    expect(rowText(first.lines[2] ?? new Row(0))).toBe('line 2');
  });

  it('is every line that moved', () => {
    const source = numbered(5);
    const first = composeWindow(given(source));
    source.scroll('new');
    const second = composeWindow(given(source), first);
    expect(second.lines.slice(0, 4)).toEqual(first.lines.slice(1, 5));
    expect(second.lines.slice(0, 4).every((line, y) => line === first.lines[y + 1])).toBe(true);
    expect(second.lines.map(rowText)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'new', 'status']);
  });

  it('includes what moved next to a margin, but not what came to another frame', () => {
    const source = numbered(3);
    const small = view(30, 6, [pane([0, 0, 0, 20, 3], source)], { window: { cols: 20, rows: 3 } });
    const first = composeWindow(small);
    source.scroll('new');
    const second = composeWindow(small, first);
    expect(second.lines[0]).toBe(first.lines[1]);
    expect(second.lines[2]).not.toBe(first.lines[2]);
  });
});

describe('composeWindow, whatever it is given', () => {
  const number = fc.integer({ min: -5, max: 40 });
  const place = fc.tuple(fc.nat(4), number, number, number, number);
  const layout = fc.record({
    cols: fc.integer({ min: -1, max: 40 }),
    rows: fc.integer({ min: -1, max: 20 }),
    window: fc.record({ cols: fc.nat(50), rows: fc.nat(30) }),
    places: fc.array(place, { maxLength: 12 }),
    offsetX: number,
    offsetY: number,
    activePaneId: fc.nat(5),
    status: fc.boolean(),
    statusPosition: fc.constantFrom<'top' | 'bottom'>('top', 'bottom'),
  });

  it('makes a whole picture, and the same from scratch as from the one before', () => {
    const sources = Array.from(
      { length: 5 },
      (_, n) => new Content(...Array.from({ length: 30 }, (_u, y) => `${n}:${y} 中`.repeat(4))),
    );
    const make = (given: typeof layout extends fc.Arbitrary<infer T> ? T : never): WindowView =>
      view(
        given.cols,
        given.rows,
        given.places.map((at) => pane(at, sources[at[0]])),
        {
          ...given,
          statusRow: given.status ? status('status', 30) : undefined,
        },
      );
    fc.assert(
      fc.property(layout, layout, fc.nat(4), fc.nat(29), (a, b, which, y) => {
        const first = composeWindow(make(a));
        sources[which]?.write(y, `changed ${y}`);
        for (const given of [a, b]) {
          const next = composeWindow(make(given), first);
          const fresh = composeWindow(make(given));
          expect(next.lines).toHaveLength(next.rows);
          expect(next.lines.every((line) => line.cols === next.cols)).toBe(true);
          expect({ ...next, lines: next.lines.map((l) => [...l.words]) }).toEqual({
            ...fresh,
            lines: fresh.lines.map((l) => [...l.words]),
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is not slow with a thousand panes, and clamps the size of a terminal', () => {
    const panes = Array.from({ length: 1000 }, (_, n) => pane([n, n % 100, n % 30, 100, 30], numbered(30)));
    expect(composeWindow(view(200, 60, panes)).lines).toHaveLength(60);
    const huge = composeWindow(view(1e9, 3, []));
    expect(huge.cols).toBeLessThanOrEqual(2000);
  });
});

describe('a pane with colours of its own', () => {
  it('shows them wherever nothing else is shown, and again when they change', () => {
    const content = new Content('ab');
    const red: Style = { fg: 0, bg: COLOUR_BASIC | 1, attr: 0 };
    const given = view(4, 1, [{ ...pane([0, 0, 0, 4, 1], content), colours: red }]);
    const before = composeWindow(given);
    const backgrounds = (picture: typeof before): number[] =>
      [0, 1, 2, 3].map((x) => picture.lines[0]?.words[x * WORDS_PER_CELL + 2] ?? -1);
    expect(backgrounds(before)).toEqual([red.bg, red.bg, red.bg, red.bg]);
    const after = composeWindow(view(4, 1, [pane([0, 0, 0, 4, 1], content)]), before);
    expect(backgrounds(after)).toEqual([0, 0, 0, 0]);
  });
});

describe('a layout that does not fit into its window', () => {
  it('shows the panes that are wholly inside, and dots where the others would be', () => {
    const panes = [pane([0, 0, 0, 6, 2], new Content('one')), pane([1, 0, 3, 6, 2], new Content('two'))];
    expect(shown(view(6, 4, panes))).toEqual(['one', '', '──────', '······']);
    expect(active(view(6, 4, panes))).toEqual(['', '', '****--', '------']);
    expect(shown(view(6, 5, panes))).toEqual(['one', '', '──────', 'two', '']);
    expect(shown(view(4, 2, [pane([0, 0, 0, 2, 2], new Content('a')), pane([1, 3, 0, 2, 2])]))).toEqual([
      'a │·',
      '  │·',
    ]);
  });

  it('has the cursor of a pane that is not shown in the corner', () => {
    const cursorOf = (place: Place) => composeWindow(view(10, 5, [pane(place, new Content('a'))])).cursor;
    expect(cursorOf([0, 0, 7, 10, 2])).toMatchObject({ x: 0, y: 0, visible: true });
    expect(cursorOf([0, 8, 2, 3, 2])).toMatchObject({ x: 0, y: 0, visible: true });
  });
});
