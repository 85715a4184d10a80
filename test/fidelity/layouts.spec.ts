import { judged } from './cases.fixture.js';
import { keys, output, type } from './step.js';

const four = 'split-window -h ; split-window ; select-pane -L ; split-window';
const LAYOUTS = ['even-horizontal', 'even-vertical', 'main-horizontal', 'main-vertical', 'tiled'] as const;

judged({
  'the five layouts': [
    ...[1, 2, 3, 5, 8].map(
      (count) =>
        [
          `of ${count + 1} panes`,
          [
            Array.from({ length: count }, () => 'split-window ; select-layout tiled').join(' ; '),
            ...LAYOUTS.map((name) => `select-layout ${name}`),
            'select-pane -t 0',
            ...LAYOUTS.map((name) => `select-layout ${name}`),
          ],
        ] as const,
    ),
    ['with a line that is about to wrap', ['split-window -h ; select-pane -L', output('a'.repeat(40)), type('x')]],
    [
      'with a cursor that a program moves on from there',
      [
        'split-window -h ; select-pane -L',
        output(`${'a'.repeat(40)}\u001B[20C`),
        output('\u001B[C'),
        output('\u001B[30C'),
      ],
    ],
    ['by their key', [four, ...LAYOUTS.map(() => keys('joiner', 'C-b', 'Space')), 'previous-layout']],
    [
      'with another main pane',
      [
        `setw -g main-pane-width 20 ; setw -g main-pane-height 5 ; ${four}`,
        'select-layout main-vertical',
        'select-layout main-horizontal',
        'setw other-pane-height 16 ; select-layout main-horizontal',
        'setw other-pane-width 70 ; select-layout main-vertical',
      ],
    ],
    [
      'as it was saved',
      [four, 'select-layout "ad5a,80x23,0,0{40x23,0,0,0,39x23,41,0,1}"', 'select-layout even-vertical'],
    ],
  ],
  splitting: [
    [
      'side by side and in two',
      ['split-window -h', 'split-window -v', 'split-window -h', 'split-window -v', type('deep')],
    ],
    [
      'before, and by size',
      [
        'split-window -b',
        'split-window -h -b',
        'split-window -l 4',
        'split-window -h -l 9',
        'split-window -p 30',
        'split-window -fh',
      ],
    ],
    ['behind the active pane', ['split-window -d', 'split-window -d -h', type('still here'), 'select-pane -t 2']],
    [
      'until there is no room',
      [
        ...Array.from({ length: 5 }, () => 'split-window'),
        ...Array.from({ length: 6 }, () => 'split-window -h'),
        'select-pane -t 0',
        'kill-pane -a',
      ],
    ],
    ['nested six deep', ['h', 'v', 'h', 'v', 'h', 'v'].map((way) => `split-window -${way} ; select-pane -t 0`)],
    ['by keys of the joiner', [keys('joiner', 'C-b', '%'), keys('joiner', 'C-b', '"'), keys('joiner', 'C-b', 'Left')]],
  ],
  'choosing a pane': [
    [
      'in each direction',
      [four, 'select-pane -U', 'select-pane -R', 'select-pane -D', 'select-pane -L', 'select-pane -L'],
    ],
    ['in turn', [four, 'select-pane -t :.+', 'select-pane -t :.+', 'select-pane -t :.-', 'last-pane', 'last-pane']],
    ['by keys', [four, ...['Up', 'Right', 'Down', 'Left', 'o', ';', 'o'].map((key) => keys('joiner', 'C-b', key))]],
    [
      'whose borders have colours of their own',
      [
        'setw -g pane-border-style fg=blue,bg=colour235 ; setw -g pane-active-border-style fg=red,bg=yellow',
        four,
        'select-pane -t 3',
        'setw -g pane-active-border-style fg=colour208,bold',
        'setw pane-border-style fg=magenta',
        'select-pane -t 1',
        'kill-pane -a',
        'split-window -h',
        'select-pane -L',
        'swap-pane -D',
      ],
    ],
    [
      'whose two halves share one line',
      [
        'split-window',
        'select-pane -U',
        'swap-pane -D',
        'resize-pane -U 4',
        'kill-pane ; split-window -h',
        'select-pane -L',
        'resize-pane -R 7',
      ],
    ],
    [
      'whose windows have styles',
      [
        'setw -g window-style bg=colour236',
        four,
        'setw -g window-active-style fg=yellow,bg=black',
        'select-pane -t 0',
        output('x\r\ny'),
      ],
    ],
  ],
  'resizing a pane': [
    [
      'by cells',
      [four, 'resize-pane -L 5', 'resize-pane -U 3', 'resize-pane -R 20', 'resize-pane -D 30', 'resize-pane -D 3'],
    ],
    [
      'to a size',
      [
        four,
        'resize-pane -x 10',
        'resize-pane -y 4',
        'resize-pane -t 3 -x 70',
        'resize-pane -t 0 -y 1',
        'resize-pane -t 0 -y 20',
      ],
    ],
    [
      'by keys that repeat',
      [four, keys('joiner', 'C-b', 'C-Left', 'C-Left', 'C-Up'), keys('joiner', 'C-b', 'M-Right', 'M-Down')],
    ],
    [
      'that holds text',
      [
        output(Array.from({ length: 12 }, (_, n) => `line ${n} ${'x'.repeat(n * 8)}\r\n`).join('')),
        'split-window -h',
        'resize-pane -L 15',
        'resize-pane -R 30',
        'kill-pane',
        'split-window -l 18',
        'resize-pane -U 2',
        'kill-pane',
      ],
    ],
  ],
  zooming: [
    ...[0, 1, 2, 3].map(
      (pane) =>
        [
          `pane ${pane} of four`,
          [
            four,
            `resize-pane -Z -t ${pane}`,
            type(`in ${pane}`),
            output('\r\n'.repeat(20)),
            `resize-pane -Z -t ${pane}`,
          ],
        ] as const,
    ),
    [
      'by keys, and choosing another',
      [
        four,
        keys('joiner', 'C-b', 'z'),
        keys('joiner', 'C-b', 'o'),
        keys('joiner', 'C-b', 'z'),
        keys('host', 'C-b', 'z'),
      ],
    ],
    [
      'and splitting',
      [four, 'resize-pane -Z', 'split-window', 'resize-pane -Z', 'select-layout tiled', 'resize-pane -Z', 'kill-pane'],
    ],
    [
      'and swapping, rotating, resizing',
      [
        'split-window -h ; resize-pane -Z',
        'swap-pane -U',
        'resize-pane -Z',
        'rotate-window',
        'resize-pane -Z',
        'resize-pane -L 3',
      ],
    ],
    [
      'while another pane prints',
      ['split-window -h ; resize-pane -Z', output('unseen \u001B[31mred', ':.0'), 'resize-pane -Z'],
    ],
    [
      'and another window',
      ['split-window -h ; resize-pane -Z', 'new-window', 'last-window', 'kill-window -t 1', 'resize-pane -Z'],
    ],
    ['one pane alone', ['resize-pane -Z', 'resize-pane -Z', 'split-window ; resize-pane -Z', 'kill-pane -a']],
  ],
  'moving panes': [
    [
      'swapped',
      [
        four,
        'swap-pane -U',
        'swap-pane -D',
        'swap-pane -s 0 -t 3',
        'swap-pane -d -s 1 -t 2',
        keys('joiner', 'C-b', '{'),
        keys('joiner', 'C-b', '}'),
      ],
    ],
    [
      'rotated',
      [
        four,
        output('first', ':.0'),
        'rotate-window',
        'rotate-window',
        'rotate-window -D',
        keys('joiner', 'C-b', 'C-o'),
      ],
    ],
    [
      'to a window of their own, which tmate refuses',
      ['split-window', 'break-pane', 'break-pane -d', keys('joiner', 'C-b', '!')].slice(0, 3),
    ],
    [
      'into another window, which tmate refuses',
      ['new-window', 'join-pane -s :0', 'move-pane -h -s :0', 'swap-pane -s :0.0'],
    ],
  ],
  'ending panes': [
    ['by force', [four, 'kill-pane', 'kill-pane -t 0', 'kill-pane -a']],
    ['as their program ends', [four, keys('joiner', 'C-d'), keys('host', 'C-d'), keys('joiner', 'C-d')]],
    ['one that is not the active one', [four, keys('joiner', 'C-b', 'Up'), 'send-keys -t 3 C-d', 'send-keys -t 0 C-d']],
    ['a zoomed one', [four, 'resize-pane -Z -t 1', keys('joiner', 'C-d')]],
  ],
});
