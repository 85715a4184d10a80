import { describe, expect, it } from 'vitest';
import { Dice } from '#testing';
import { Pane } from '../../model/pane.js';
import { moverOf, type Axis } from './splits.js';

/** Panes as a drawing: each is a rectangle of one digit. */
function drawn(...lines: readonly string[]): Pane[] {
  const ids = [...new Set(lines.join('').match(/\d/g))].sort();
  return ids.map((id) => {
    const rows = lines.filter((line) => line.includes(id));
    const [first = ''] = rows;
    const x = first.indexOf(id);
    const place = { x, y: lines.indexOf(first), cols: first.lastIndexOf(id) - x + 1, rows: rows.length };
    return new Pane(Number(id), place, 10);
  });
}

/** Whose size moves the border behind a pane: `2` along with it, `-2` against it. */
function moved(panes: readonly Pane[], id: number, axis: Axis): number | undefined {
  const touched = panes.find((pane) => pane.id === id);
  const mover = touched && moverOf(panes, touched, axis);
  return mover && mover.pane.id * mover.direction;
}

describe('the pane whose size moves a border', () => {
  it('is the one before it', () => {
    const panes = drawn('11|22|33', '11|22|33');
    expect([1, 2, 3].map((id) => moved(panes, id, 'x'))).toEqual([1, -3, undefined]);
    expect([1, 2, 3].map((id) => moved(panes, id, 'y'))).toEqual([undefined, undefined, undefined]);
    expect(moved(drawn('11', '--', '22'), 1, 'y')).toBe(1);
  });

  it('is one above or below it, where the pane is the last of a nested split', () => {
    const panes = drawn('1|2|4|5', '---|4|5', '333|4|5');
    expect([1, 2, 3].map((id) => moved(panes, id, 'x'))).toEqual([1, 3, 3]);
    expect(moved(panes, 1, 'y')).toBe(1);
  });

  it('is the one behind it, where that is the last', () => {
    const panes = drawn('1|22|5', '----|5', '33|4|5');
    expect([1, 2, 3, 4].map((id) => moved(panes, id, 'x'))).toEqual([1, -5, 3, -5]);
  });

  it('is nobody, where all before it are the last of nested splits', () => {
    expect(moved(drawn('1|22|5|6', '----|5|6', '33|4|5|6'), 2, 'x')).toBeUndefined();
  });

  it('is one that is right whether a grid is of rows or of columns', () => {
    const panes = drawn('1|2|5', '---|5', '3|4|5');
    expect([1, 2, 3, 4].map((id) => moved(panes, id, 'x'))).toEqual([1, -5, 3, -5]);
  });

  it('is nobody in what is no division at all', () => {
    const spiral = ['6|111|2|7', '6|---|2|7', '6|3|4|2|7', '6|3|---|7', '6|3|555|7'];
    expect(moved(drawn(...spiral), 1, 'x')).toBeUndefined();
  });
});

/** A window as tmux divides it. */
interface Node {
  readonly parent: Node | undefined;
  readonly place: { x: number; y: number; cols: number; rows: number };
  axis?: Axis;
  cells: Node[];
  pane?: Pane;
}

/** Divides a window at random; no two lines are level, so that nothing can be read in two ways. */
function division(dice: Dice): { root: Node; leaves: Node[] } {
  const used = new Set<string>();
  const leaves: Node[] = [];
  const divide = (node: Node, axis: Axis, depth: number): Node => {
    const { x, y, cols, rows } = node.place;
    const [start, size] = axis === 'x' ? [x, cols] : [y, rows];
    const cuts = Array.from({ length: dice.roll(3) }, () => start + 2 + dice.roll(Math.max(1, size - 4)))
      .sort((a, b) => a - b)
      .filter((cut, n, all) => cut - (all[n - 1] ?? start - 1) > 3 && start + size - cut > 3);
    const fresh = cuts.filter((cut) => !used.has(`${axis}${cut}`));
    if (depth === 0 || fresh.length === 0) {
      node.pane = new Pane(leaves.length + 1, node.place, 10);
      leaves.push(node);
      return node;
    }
    for (const cut of fresh) used.add(`${axis}${cut}`);
    node.axis = axis;
    node.cells = [start - 1, ...fresh].map((before, n) => {
      const [from, to] = [before + 1, fresh[n] ?? start + size];
      const place = axis === 'x' ? { x: from, y, cols: to - from, rows } : { x, y: from, cols, rows: to - from };
      return divide({ parent: node, place, cells: [] }, axis === 'x' ? 'y' : 'x', depth - 1);
    });
    return node;
  };
  return {
    root: divide(
      { parent: undefined, place: { x: 0, y: 0, cols: 300, rows: 300 }, cells: [] },
      dice.pick(['x', 'y']),
      4,
    ),
    leaves,
  };
}

/** The line that `resize-pane -x` or `-y` moves, by tmux's rule: its place, and whether it goes along with the size. */
function moves(leaf: Node, axis: Axis): { line: number; direction: 1 | -1 } | undefined {
  let cell = leaf;
  while (cell.parent !== undefined && cell.parent.axis !== axis) cell = cell.parent;
  const { parent } = cell;
  if (parent === undefined) return undefined;
  const { x, y, cols, rows } = cell.place;
  const [start, size] = axis === 'x' ? [x, cols] : [y, rows];
  return parent.cells.at(-1) === cell ? { line: start - 1, direction: -1 } : { line: start + size, direction: 1 };
}

it('is found in any division, where there is one', () => {
  const found = { movers: 0, none: 0 };
  for (let seed = 0; seed < 300; seed++) {
    const { leaves } = division(new Dice(seed));
    const panes = leaves.flatMap(({ pane }) => pane ?? []);
    for (const { pane } of leaves) {
      for (const axis of ['x', 'y'] as const) {
        if (pane === undefined) continue;
        const line = axis === 'x' ? pane.rect.x + pane.rect.cols : pane.rect.y + pane.rect.rows;
        const mover = moverOf(panes, pane, axis);
        const leaf = leaves.find((node) => node.pane === mover?.pane);
        if (leaf === undefined) {
          expect(leaves.filter((node) => moves(node, axis)?.line === line)).toEqual([]);
          found.none++;
        } else {
          expect(moves(leaf, axis)).toEqual({ line, direction: mover?.direction });
          found.movers++;
        }
      }
    }
  }
  expect(found.movers).toBeGreaterThan(500);
  expect(found.none).toBeGreaterThan(100);
});
