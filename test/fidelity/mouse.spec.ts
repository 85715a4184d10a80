import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from './cell.js';
import { Judge } from './judge.js';
import type { ScreenLook } from './screen-look.js';
import { output, resize, type, type Step, type StepLike, type Who } from './step.js';

// What a terminal reports besides keys, from either seat: both see the same after each report, and it does the same from both.

type Cell = readonly [x: number, y: number];

let judge: Judge;
beforeAll(async () => {
  judge = await Judge.start({ conf: ['set -g mouse on', 'set -s focus-events on'] });
});
afterAll(async () => await judge.stop());

const report = (button: number, [x, y]: Cell, final = 'M'): string => `\u001B[<${button};${x};${y}${final}`;
const click = (who: Who, x: number, y: number): Step => type(report(0, [x, y]) + report(0, [x, y], 'm'), who);
/** A button held from one cell over others, as fast as a hand may be. */
const drag = (who: Who, from: Cell, ...over: readonly Cell[]): Step => {
  const moved = over.map((cell) => report(32, cell)).join('');
  return type(report(0, from) + moved + report(0, over.at(-1) ?? from, 'm'), who);
};
const wheel = (who: Who, x: number, y: number, down = false): Step => type(report(down ? 65 : 64, [x, y]), who);

const four = 'split-window -h ; split-window ; select-pane -L ; split-window';
const history = output(Array.from({ length: 60 }, (_, n) => `line ${n}\r\n`).join(''));

/** A terminal's text without the mark of the step in it. */
const textIn = ({ cells, cursor }: ScreenLook): unknown => [
  cells.map((row) => textOf(row).replace(/k\d+$/, '').trimEnd()),
  cursor,
];

describe('a mouse does the same at both seats', () => {
  it.each<[string, (who: Who) => StepLike[]]>([
    ['choosing panes', (who) => [four, click(who, 60, 5), click(who, 5, 20), click(who, 70, 20)]],
    [
      'choosing windows',
      (who) => ['new-window -n one ; new-window -n two', click(who, 6, 24), click(who, 14, 24), click(who, 79, 24)],
    ],
    [
      'choosing windows by the wheel',
      (who) => [
        'new-window -n one ; new-window -n two',
        wheel(who, 6, 24),
        wheel(who, 6, 24, true),
        wheel(who, 6, 24, true),
      ],
    ],
    [
      'dragging a border between two',
      (who) => ['split-window -h', drag(who, [41, 5], [42, 5], [45, 5], [60, 9], [30, 9])],
    ],
    [
      'dragging one between panes of four',
      (who) => [four, drag(who, [20, 12], [20, 14], [20, 8]), drag(who, [41, 3], [38, 3], [44, 5])],
    ],
    [
      'with the status line at the top',
      (who) => ['set -g status-position top', four, click(who, 60, 6), drag(who, [20, 13], [20, 16])],
    ],
    [
      'in a smaller window',
      (who) => [
        resize(60, 16, who === 'host' ? 'joiner' : 'host'),
        'split-window -h',
        click(who, 10, 5),
        resize(80, 24),
      ],
    ],
    ['scrolling back', (who) => [history, wheel(who, 5, 5), wheel(who, 5, 5), wheel(who, 5, 5, true)]],
    [
      'reporting to a program',
      (who) => [output('\u001B[?1002h\u001B[?1006h'), drag(who, [5, 5], [9, 5]), wheel(who, 3, 3)],
    ],
  ])('%s', async (_, script) => {
    await judge.check(script('host'));
    const atHost = textIn(await judge.seats.hostSeat.look());
    await judge.check(script('joiner'));
    expect(textIn(await judge.seats.hostSeat.look())).toEqual(atHost);
  });
});

describe('focus', () => {
  it('is asked of a joiner’s terminal, and told to a program that wants it', async () => {
    const told = [output('\u001B[?1004h'), type('\u001B[O\u001B[I', 'joiner'), type('\u001B[O\u001B[I', 'host')];
    await judge.check(told);
    const { focusEvents, cells } = await judge.seats.joinerSeat.look();
    expect(focusEvents).toBe(true);
    expect(textOf(cells[0] ?? [])).toContain('^[[O^[[I');
  });
});
