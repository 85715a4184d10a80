import { Dice } from '#testing';
import { keys, output, resize, tmux, type, type Step, type Who } from '../step.js';
import { randomCommand, randomOption, style, type Stock } from './random-commands.js';
import { randomOutput } from './random-output.js';
import { words } from '../words.js';

const who = (dice: Dice): Who => dice.pick<Who>(['joiner', 'joiner', 'host']);

// No prompts, lists, clocks and messages: what one opens at its own seat the other does not see.
const BOUND = words(`
  % " n p l o ; Space z { } 0 1 2 3 [ C-o E Up Down Left Right C-Up C-Down C-Left C-Right M-Up M-Left
  M-1 M-2 M-5
`);
const NEW_WIDTHS = new Set(['%', 'Space', 'E', 'M-1', 'M-2', 'M-5']);
// No lone Escape: with what is typed next it is another key.
// What is typed into a pane: it runs `cat`, so that keys show by themselves.
const PLAIN = words(`
  a B ~ é Enter Enter Tab BSpace Up Left Home End F1 F5 F11 C-a C-u C-w M-x C-Right PPage NPage DC IC
  BTab S-Up
`);
const COPY = words(`
  Up Up Down Left Right PPage NPage C-Up C-Down M-< M-> C-a C-e M-f M-b C-Space C-g R M-r M-m C-s C-r n N g
  f a o Enter BSpace
`);
const VI_COPY = words(`
  k k j h l C-f C-y C-e g G 0 $ ^ w b e W B E H M L Space v V C-c / ? n N : f F t ; , o Enter K J
`);

function pressed(dice: Dice, stock: Stock): string[] {
  return dice.weighted<() => string[]>([
    [
      6,
      () => {
        const key = dice.pick(stock.wide ? BOUND.filter((key) => !NEW_WIDTHS.has(key)) : BOUND);
        if (key === '%' || key === '"') stock.panes += 1;
        return ['C-b', key];
      },
    ],
    [1, () => (stock.windows < 8 ? ((stock.windows += 1), ['C-b', 'c']) : ['C-b', 'n'])],
    // Bindings that repeat, without the prefix.
    [1, () => ['C-b', 'C-Left', ...Array.from({ length: 1 + dice.roll(4) }, () => 'C-Left')]],
    [4, () => Array.from({ length: 1 + dice.roll(5) }, () => dice.pick(PLAIN))],
  ])();
}

/** What a copy mode that is open has to bear: other panes, options, output, sizes. */
function meanwhile(dice: Dice, stock: Stock): Step {
  return dice.pick<() => Step>([
    () => tmux(`split-window -v${dice.pick([' -d', ' -b', ''])}`),
    () => tmux(randomOption(dice, stock)),
    () => output(randomOutput(dice, stock)),
    () => size(dice, stock),
    () => tmux(dice.pick(['last-pane', 'resize-pane -Z', 'select-layout even-vertical', 'next-window'])),
  ])();
}

/** A click where there is a pane, a border, or the status line. */
function click(dice: Dice): Step[] {
  const [x, y] = [1 + dice.roll(90), dice.pick([1, 24, 1 + dice.roll(25)])];
  return [tmux('set -g mouse on'), type(`\u001B[<0;${x};${y}M\u001B[<0;${x};${y}m`, who(dice))];
}

/** Into copy mode, around in it, and out again: after a redraw, the host shows an empty selection differently than before. */
function copying(dice: Dice, stock: Stock): Step[] {
  const vi = dice.oneIn(2);
  const table = vi ? VI_COPY : COPY;
  // The first one may end a question, or be what a jump asked for.
  const leave = ['C-c', 'C-c'];
  // A number is told with the command after it; 0 would be one more figure.
  const move = (): string[] => {
    const key = dice.pick(table);
    return key !== '0' && dice.oneIn(8) ? [`${vi ? '' : 'M-'}${1 + dice.roll(9)}`, key] : [key];
  };
  const moves = Array.from({ length: 1 + dice.roll(4) }, () =>
    dice.oneIn(5) ? meanwhile(dice, stock) : keys(who(dice), ...Array.from({ length: 1 + dice.roll(4) }, move).flat()),
  );
  // How far `copy-mode -u` scrolled is told after the next key.
  const enter = dice.oneIn(3) ? ['C-b', 'PPage', 'Left'] : ['C-b', '['];
  return [
    tmux(`setw -g mode-keys ${vi ? 'vi' : 'emacs'}`),
    keys(who(dice), ...enter),
    ...moves,
    keys(who(dice), ...leave),
  ];
}

function size(dice: Dice, { wide }: Stock): Step {
  const [cols, rows] = [
    wide ? 80 : dice.pick([20, 40, 79, 80, 81, 100, 132]),
    dice.pick([2, 3, 4, 6, 9, 10, 15, 23, 24, 24, 25, 40]),
  ];
  return resize(
    cols,
    rows,
    dice.weighted<Who>([
      [6, 'both'],
      [1, 'joiner'],
      [1, 'host'],
    ]),
  );
}

/** The same script for the same seed: what host and joiner do, `length` steps or a few more. */
export function randomScript(seed: number, length: number): Step[] {
  const dice = new Dice(seed);
  const stock: Stock = { windows: 1, panes: 1, activity: false, wide: dice.oneIn(2) };
  // While copy mode is open, the host draws each of its parts in a new style at another time.
  const steps: Step[] = dice.oneIn(3) ? [tmux(`setw -g mode-style ${style(dice)}`)] : [];
  while (steps.length < length) {
    const made = dice.weighted<() => Step | Step[]>([
      [8, () => tmux(randomCommand(dice, stock))],
      [6, () => output(randomOutput(dice, stock), dice.oneIn(4) ? `:.${dice.roll(3)}` : undefined)],
      [5, () => keys(who(dice), ...pressed(dice, stock))],
      [
        2,
        () =>
          type(
            dice.pick([
              'ls -l\r',
              'text',
              ...(stock.wide ? ['\r日本\r'] : []),
              'e\u0301\r',
              ' '.repeat(100),
              '\u001B[A',
            ]),
            who(dice),
          ),
      ],
      [1, () => copying(dice, stock)],
      [1, () => click(dice)],
      [1, () => size(dice, stock)],
    ])();
    steps.push(...[made].flat());
  }
  return steps;
}

/** What the host needs for scripts: a message that one of the two is told is gone before they are compared. */
export const FUZZ_CONF = ['set -g display-time 1'];
