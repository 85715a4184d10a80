import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { tempDir, type TempDir } from '#testing';
import { Judge } from './judge.js';
import { keys, resize, stepText, type, type StepLike } from './step.js';

// Programs that fill a screen, at a pane of the host: after every step the host's terminal and the joiner's show the same.
// Those that change by themselves run with what changes held still.

let dir: TempDir;
let judge: Judge;
beforeAll(async () => {
  dir = tempDir('programs');
  const lines = Array.from({ length: 200 }, (_, n) => `${n}\tthe quick brown fox ${'jumps '.repeat(n % 17)}日本 é`);
  writeFileSync(dir.file('text'), `${lines.join('\n')}\n`);
  writeFileSync(dir.file('code.c'), CODE);
  writeFileSync(dir.file('frames.sh'), ANIMATION);
  writeFileSync(dir.file('inside.conf'), INSIDE);
  judge = await Judge.start();
});
afterAll(async () => {
  await judge.stop();
  dir.dispose();
});

const CODE = `#include <stdio.h>
/* A comment, ${'long '.repeat(30)}*/
int main(int argc, char **argv) {
\tfor (int i = 0; i < 10; i++) {
\t\tprintf("%d %s\\n", i, "string");
\t}
\treturn 0;
}
`;
/** Boxes that move about a screen full of colours, as fast as they can, and then rest. */
const ANIMATION = `printf '\\033[?1049h\\033[?25l\\033[2J'
for i in $(seq 1 400); do
  printf '\\033[%d;%dH\\033[48;5;%dm\\033[38;5;%dm%s\\033[m' $((i % 20 + 1)) $((i * 7 % 70 + 1)) $((i % 256)) $((255 - i % 256)) "frame $i"
  if [ $((i % 50)) = 0 ]; then printf '\\033[5;15r\\033[15;1H\\n\\n\\033[r'; fi
done
exec cat`;

/** Nothing of it is left when its terminal goes. */
const INSIDE = 'set -g destroy-unattached on\nset -g status-right x\nset -g automatic-rename off\n';

/** Starts a program in a pane of its own. */
function start(command: string): StepLike {
  writeFileSync(dir.file('run.sh'), `cd ${dir.path}\nexport HOME=${dir.path} TERM=screen-256color\n${command}\n`);
  return `new-window -n p 'exec sh ${dir.file('run.sh')}'`;
}
const joined = (...pressed: readonly string[]): StepLike => keys('joiner', ...pressed);
type Case = readonly [name: string, command: string, shows: string, steps: readonly StepLike[]];

const NCURSES = 'exec /usr/libexec/ncurses-examples';
const VIM = 'vim -u NONE -N -i NONE -n';
const CASES: readonly Case[] = [
  [
    'vim: moving and editing',
    `${VIM} text`,
    'quick brown',
    [type('5jwdwihello\r日本'), joined('C-c', 'C-d', 'C-d'), type('Gggyyp')],
  ],
  [
    'vim: split windows',
    `${VIM} text`,
    'quick brown',
    [type(':split\r:vsplit\r'), joined('C-w', 'j'), type('20G:vnew\r:q\r:only\r')],
  ],
  [
    'vim: search, syntax and visual',
    `${VIM} -c "syntax on" -c "set hlsearch number cursorline" code.c`,
    'argc',
    [type('/int\r'), type('nn'), type('ggVjj'), joined('C-v'), type('lljd'), type(':set list\r')],
  ],
  [
    'vim: another size',
    `${VIM} code.c`,
    'argc',
    [type('5Gzz'), resize(60, 15), type('zt'), resize(110, 40), 'split-window -h'],
  ],
  [
    'less: paging and searching',
    'less -R text',
    'quick brown',
    [type(' '), type('b'), type('/fox jumps\r'), type('nG'), type('&quick\r'), type('g')],
  ],
  [
    'less: long lines',
    'less -S -N text',
    'quick brown',
    [joined('Right', 'Right'), type('50%'), joined('Left', 'C-f', 'Up')],
  ],
  [
    'nano',
    'nano -I text',
    'GNU nano',
    [type('new text\r'), joined('C-k', 'C-k', 'C-u'), joined('C-w'), type('brown\r'), joined('C-g')],
  ],
  [
    'mc',
    'mc -u --nosubshell . .',
    'Quit',
    [joined('Down', 'Down', 'Tab'), joined('F9'), joined('Right', 'Down'), joined('F10')],
  ],
  // Stopped once it has drawn: what it counts stands still.
  ['htop', "(sleep 2; kill -STOP $(cat pid)) & sh -c 'echo $$ >pid; exec htop --readonly -d 100'", 'Mem[', []],
  [
    'dialog',
    'dialog --menu "What shall it be?" 15 40 5 a first b second c third d fourth',
    'What shall',
    [joined('Down', 'Down'), joined('Tab'), joined('Left')],
  ],
  [
    'dialog: a form',
    'dialog --form "Fill in" 15 50 4 name 1 1 "" 1 10 20 0 other 2 1 x 2 10 20 0',
    'Fill in',
    [type('hello'), joined('Down', 'BSpace'), type('z')],
  ],
  ['an animation', 'sh frames.sh', 'frame 400', ['split-window -h', 'select-pane -L ; resize-pane -Z']],
  // Of the ncurses project itself: those that show no time and nothing by chance.
  [
    'ncurses: menus',
    `${NCURSES}/demo_menus`,
    'Select',
    [joined('Right', 'Right'), joined('Down', 'Down'), joined('Left', 'Left')],
  ],
  ['ncurses: wide characters', `${NCURSES}/ins_wide`, 'String', [type('ab日c'), joined('Left', 'Left'), type('語x')]],
  ['ncurses: a card file', `${NCURSES}/cardfile`, '┌──', [type('name'), joined('Down'), type('text')]],
  [
    'ncurses: its own tests',
    `${NCURSES}/ncurses`,
    'main menu',
    [type('b'), type('q'), type('c'), type('q'), type('F'), type('q')],
  ],
  [
    'tmux inside',
    'exec env -u TMUX TMUX_TMPDIR=. tmux -f inside.conf new-session -n inside cat',
    '[0] 0:inside',
    [
      'set -g prefix C-a',
      joined('C-b', ':'),
      type('set -g status-right x ; split-window -h cat ; set -g status-style bg=blue\r'),
      type('abc\r'),
      joined('C-b', 'Left', 'C-b', 'z'),
      joined('C-b', '['),
      joined('q', 'C-b', ':'),
      type('kill-server\r'),
    ],
  ],
];

/** vttest's menus, by the number that leads to screens; Enter goes to the next one. */
const VTTEST: readonly (readonly [name: string, choice: string, screens: number])[] = [
  ['cursor movements', '1', 5],
  ['screen features', '2', 14],
  ['VT100 character sets', '3\r8', 2],
  ['shift in and out', '3\r9', 1],
  // 8, insert and delete: the host's model loses a line that its terminal keeps (IL in a region).
];

/** Both show the same at once after each step, and once the program has done all that came of it. */
async function check(command: string, shows: string, given: readonly StepLike[]): Promise<void> {
  await judge.reset();
  const steps = [start(command), ...given];
  for (const [at, step] of steps.entries()) {
    await judge.check([step], { keep: true });
    if (at === 0) await judge.seats.hostSeat.terminal.toShow(shows);
    await judge.seats.hostSeat.terminal.settled(SETTLED_MS);
    await judge.check([NOTHING], { keep: true }).catch((error: unknown) => {
      const script = steps.slice(0, at + 1).map(stepText);
      throw new Error(`${script.join('\n')}\n${String(error)}`, { cause: error });
    });
  }
}

/** A program that is at work draws again sooner. */
const SETTLED_MS = 120;
const NOTHING = 'has-session';

describe('programs', () => {
  it.each(CASES)('%s', async (_, command, shows, steps) => await check(command, shows, steps));

  it.each(VTTEST)('vttest: %s', async (_, choice, screens) => {
    const next = Array.from({ length: screens }, () => joined('Enter'));
    await check('exec vttest 24x80.80', 'Enter choice', [type(`${choice}\r`), ...next]);
  });
});
