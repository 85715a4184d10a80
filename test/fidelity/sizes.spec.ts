import { judged } from './cases.fixture.js';
import { keys, output, resize, type } from './step.js';

const four = 'split-window -h ; split-window ; select-pane -L ; split-window';
const wrapped = output(Array.from({ length: 30 }, (_, n) => `${n} ${'word '.repeat(n)}\r\n`).join(''));

judged({
  'both terminals of one size': [
    ['larger', [resize(100, 30), resize(200, 60), resize(80, 24)]],
    ['smaller', [resize(60, 20), resize(20, 6), resize(10, 3), resize(4, 3), resize(80, 24)]],
    ['with panes', [four, resize(100, 30), resize(60, 12), resize(30, 8), resize(120, 50), resize(80, 24)]],
    ['with text that wraps', [wrapped, resize(60, 20), resize(100, 30), resize(40, 10), resize(80, 24)]],
    ['with the status line at the top', ['set -g status-position top', four, resize(100, 30), resize(50, 10)]],
    ['with the status line off', ['set -g status off', four, resize(100, 30), resize(50, 10)]],
    [
      'in the alternate screen',
      [
        wrapped,
        output('\u001B[?1049h\u001B[2J\u001B[Hfull\u001B[10;70Hright'),
        resize(60, 12),
        resize(100, 30),
        output('\u001B[?1049l'),
      ],
    ],
    ['zoomed', [four, 'resize-pane -Z -t 0', resize(100, 30), resize(60, 12), 'resize-pane -Z']],
    ['with a window behind', [wrapped, 'new-window', resize(60, 12), 'last-window', resize(100, 30), 'last-window']],
  ],
  'panes that do not fit any more': [
    ['one of two', ['split-window -v -b', resize(100, 5), type('x'), resize(100, 24)]],
    ['one beside another', ['split-window -h', resize(4, 10), keys('joiner', 'C-b', 'o'), resize(80, 24)]],
    // To the right is a pane that fits; `o` would go to one that does not, and be refused at the joiner alone.
    ['some of four', [four, resize(60, 4), keys('joiner', 'C-b', 'Right'), resize(4, 4), resize(80, 24)]],
    [
      'with the status line at the top',
      ['set -g status-position top', 'split-window -v -b ; split-window', resize(80, 6), resize(80, 7), resize(80, 24)],
    ],
    [
      'of two lines',
      [resize(80, 2), type('x'), resize(80, 3), type('y'), resize(80, 2, 'host'), resize(80, 2, 'joiner')],
    ],
    ['of two long lines', [resize(132, 2, 'joiner'), resize(132, 24, 'joiner'), resize(132, 2, 'host')]],
    ['of one line', ['set -g status-style bg=red', type('x'), resize(80, 1), resize(80, 24)]],
    ['but for one that fills the window', ['split-window -b', resize(80, 3), resize(80, 3, 'host')]],
    ['but for one next to the active one', ['split-window -b', resize(79, 3), 'previous-layout', 'next-layout']],
    ['and a zoomed one', ['split-window ; split-window', resize(80, 6), 'resize-pane -Z', 'resize-pane -Z']],
  ],
  'a window forced to be smaller': [
    ['in width', ['setw force-width 15', type('x'), 'split-window', 'resize-pane -Z', 'setw -u force-width']],
    [
      'in height',
      ['setw -g force-height 10', 'split-window -h', 'resize-pane -Z', 'new-window', 'setw force-height 5'],
    ],
    ['in both', ['setw force-width 20 ; setw force-height 8', resize(30, 12), resize(18, 6), resize(80, 24)]],
  ],
  'the joiner’s terminal smaller or larger than the host’s': [
    ['a column', [resize(79, 24, 'joiner'), type('x'), resize(81, 24, 'joiner'), type('y')]],
    ['a line', [resize(80, 23, 'joiner'), type('x'), resize(80, 25, 'joiner'), type('y')]],
    [
      'much',
      [
        four,
        resize(60, 15, 'joiner'),
        keys('joiner', 'C-b', 'o'),
        resize(150, 50, 'joiner'),
        keys('joiner', 'C-b', 'o'),
        resize(80, 24, 'joiner'),
      ],
    ],
    [
      'and the host’s changes',
      [four, resize(60, 15, 'host'), type('x'), resize(150, 50, 'host'), type('y'), resize(80, 24, 'host')],
    ],
  ],
});
