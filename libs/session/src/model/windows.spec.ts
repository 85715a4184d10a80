import { describe, expect, it } from 'vitest';
import type { Layout } from '#tmate-protocol';
import { Windows } from './windows.js';

type WindowSpec = [index: number, name: string, panes: number[], active: number];

function layout(activeWindow: number, ...windows: WindowSpec[]): Layout {
  return {
    cols: 80,
    rows: 23,
    activeWindow,
    windows: windows.map(([index, name, panes, activePane]) => ({
      index,
      name,
      activePane,
      panes: panes.map((paneId, n) => ({ paneId, cols: 20, rows: 23, x: n * 21, y: 0 })),
    })),
  };
}

function make(...layouts: Layout[]): Windows {
  const windows = new Windows(() => 100);
  for (const each of layouts) windows.apply(each);
  return windows;
}

describe('Windows', () => {
  it('has what the layout says', () => {
    const windows = make(layout(1, [0, 'bash', [1], 1], [1, 'vim', [2, 3], 3]));
    expect(windows.list.map(({ index, name, panes }) => [index, name, panes.map((pane) => pane.id)])).toEqual([
      [0, 'bash', [1]],
      [1, 'vim', [2, 3]],
    ]);
    expect(windows.current?.name).toBe('vim');
    expect(windows.current?.active?.id).toBe(3);
  });

  it('keeps the active pane while a shell exits', () => {
    const windows = make(layout(0, [0, 'a', [1, 2], 2]), layout(0, [0, 'a', [1, 2], -1]));
    expect(windows.current?.active?.id).toBe(2);
    windows.apply(layout(0, [0, 'a', [1], -1]));
    expect(windows.current?.active?.id).toBe(1);
  });

  it('keeps a pane and its contents when it moves, and drops one that has ended', () => {
    const windows = make(layout(0, [0, 'a', [1, 2], 1]));
    const pane = windows.pane(2);
    windows.apply(layout(0, [0, 'a', [2], 2]));
    expect(windows.pane(2)).toBe(pane);
    expect(pane.rect.x).toBe(0);
    expect(() => windows.pane(1)).toThrow('there is no pane 1');
  });

  it('shows the panes that are wholly inside, or the zoomed one', () => {
    const four = layout(0, [0, 'a', [1, 2, 3, 4], 1]);
    four.windows[0]?.panes.forEach((pane, n) => Object.assign(pane, { x: 3 * n, cols: 2 }));
    const windows = make({ ...four, cols: 9 });
    const shown = (): number[] =>
      windows.list
        .flatMap((window) => window.panes.filter((pane) => windows.isShown(window, pane)))
        .map(({ id }) => id);
    expect(shown()).toEqual([1, 2, 3]);
    const zoomed = layout(0, [0, 'a', [1, 2], 2]);
    Object.assign(zoomed.windows[0]?.panes[1] ?? {}, { x: 0, cols: 80 });
    windows.apply(zoomed);
    expect(shown()).toEqual([2]);
    // Two lines a pane have it fill a window of two, with the others beyond.
    const small = { ...zoomed, rows: 2 };
    Object.assign(small.windows[0]?.panes[0] ?? {}, { y: 3, cols: 80, rows: 2 });
    Object.assign(small.windows[0]?.panes[1] ?? {}, { rows: 2 });
    windows.apply(small);
    expect(shown()).toEqual([2]);
    expect(windows.list.map((window) => windows.isZoomed(window))).toEqual([false]);
    // The other one has the corner, and the active one, as large as the window, is beyond.
    Object.assign(small.windows[0]?.panes[0] ?? {}, { y: 0 });
    Object.assign(small.windows[0]?.panes[1] ?? {}, { y: 3 });
    windows.apply(small);
    expect(windows.list.map((window) => windows.isZoomed(window))).toEqual([false]);
    expect(shown()).toEqual([1]);
  });

  it('survives a layout that names a pane twice, or a current window that is not there', () => {
    const windows = make(layout(7, [0, 'a', [1, 1], 1], [1, 'b', [1], 1]));
    expect(windows.list.map(({ panes }) => panes.length)).toEqual([1, 0]);
    expect(windows.current?.index).toBe(0);
    expect(windows.list[1]?.active).toBeUndefined();
  });

  it('remembers which window was current before, through moves and ends', () => {
    const [a, b, c]: WindowSpec[] = [
      [0, 'a', [1], 1],
      [1, 'b', [2], 2],
      [2, 'c', [3], 3],
    ];
    const windows = make(layout(0, a!, b!, c!), layout(1, a!, b!, c!), layout(2, a!, b!, c!));
    expect(windows.last?.name).toBe('b');
    windows.apply(layout(2, a!, [5, 'b', [2], 2], c!));
    expect(windows.last?.name).toBe('b');
    windows.apply(layout(2, a!, c!));
    expect(windows.last?.name).toBe('a');
    windows.apply(layout(0, a!, c!));
    expect(windows.last?.name).toBe('c');
    windows.apply(layout(0, a!));
    expect(windows.last).toBeUndefined();
  });
});
