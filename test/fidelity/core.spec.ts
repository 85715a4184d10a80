import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Judge } from './judge.js';
import { keys, output, resize, type, type StepLike } from './step.js';

let judge: Judge;
beforeAll(async () => {
  judge = await Judge.start();
});
afterAll(async () => await judge.stop());

describe('a joiner sees what the host sees', () => {
  it.each<[string, StepLike[]]>([
    ['as things are typed', [type('hello'), type(' world\r', 'host'), keys('joiner', 'x', 'BSpace', 'y')]],
    ['as panes come and go', ['split-window -h', 'split-window', 'select-pane -L', 'kill-pane']],
    ['with keys of either', [keys('joiner', 'C-b', '%'), keys('host', 'C-b', '"'), keys('joiner', 'C-b', 'z')]],
    ['as a program draws', [output('\u001B[31;44mred \u001B[1;4mbold\u001B[m\r\n'), output('\u001B[5 q日本')]],
    ['in another size', [resize(100, 30), 'split-window', resize(60, 12)]],
    ['without a status line', ['set -g status off', 'split-window -h', type('abc')]],
  ])('%s', async (_, steps) => await judge.check(steps));
});

describe('the judge', () => {
  it('reports what differs, and continues', async () => {
    // A list at the host's own seat is nothing that a joiner sees.
    const found = await judge.run(['split-window', keys('host', 'C-b', 'w'), 'kill-pane'], { deadlineMs: 800 });
    expect(found).toMatchObject({ index: 1, step: { kind: 'keys' } });
    expect(found?.report).toMatch(/^ {3}split-window\n=> keys\("host", "C-b", "w"\)\nrow 12, column 0: host/);
    await judge.check(['split-window']);
  });

  it('makes the host redraw its model on request', async () => {
    const steps = ['split-window -h -d', output('\u000B\u001B[1J')];
    const found = await judge.run(steps, { deadlineMs: 800 });
    expect(found).toMatchObject({ index: 1, differences: [{ where: 'row 0, column 0' }, {}, {}, {}] });
    await judge.check(steps, { redraw: true, deadlineMs: 800 });
    expect(judge.redrawn).toBe(1);
  });

  it('brings back who did not survive', async () => {
    judge.seats.host.signal('SIGKILL');
    await judge.check(['split-window']);
    await judge.seats.joinerSeat.terminal.type('\u0002d');
    await judge.check(['split-window']);
  });
});
