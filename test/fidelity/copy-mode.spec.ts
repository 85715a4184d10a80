import { judged, type Case } from './cases.fixture.js';
import { keys, output, resize, type, type StepLike, type Who } from './step.js';

const lines = Array.from(
  { length: 60 },
  (_, n) => `line ${n} \u001B[3${n % 8}mof colour\u001B[m ${'x'.repeat(n % 20)}\r\n`,
).join('');
const words = [
  'the quick brown fox jumps over the lazy dog',
  'a line that is much longer than the screen is wide, and so it wraps, which happens to any line of this length',
  '    indented, with "quotes" and (brackets) and_underscores and-dashes',
  '日本語 wide 한국어, e\u0301 combining',
  '',
  'tab\there\tand there',
  'last line of the words',
].join('\r\n');

/** Keys in order, compared after each. */
const each = (who: Who, ...pressed: readonly string[]): StepLike[] => pressed.map((key) => keys(who, key));
const text = output(lines + words);

// What the host redraws while copy mode is open: it shows the mode's own text in the style of now, and ends the cursor's
// stay behind the end of a line.
const redrawn: readonly Case[] = [
  ['a style is set, then the pane split', [text, 'copy-mode', 'setw -g mode-style bg=red', 'split-window']],
  [
    'a line erased up to the cursor, then a split',
    [output('text\r\n\u001B[5;30H\u001B[1J'), 'copy-mode', 'split-window'],
  ],
  ['the cursor behind a wide character, then a split', [output('漢'), 'copy-mode', 'split-window -d']],
  ['the cursor behind the end of its line, then a new size', [output('\u001B[20;56H'), 'copy-mode', resize(79, 9)]],
];

const emacs: readonly Case[] = [
  [
    'scrolls by page and line',
    [
      text,
      'copy-mode',
      ...each('host', 'PPage', 'PPage', 'NPage', 'Up', 'Down', 'M-Up', 'M-Down', 'C-Up', 'C-Down', 'M-<', 'M->', 'q'),
    ],
  ],
  [
    'entered by page up of the joiner',
    [
      text,
      keys('joiner', 'C-b', 'PPage'),
      ...each('joiner', 'PPage', 'Down', 'NPage', 'NPage', 'NPage'),
      keys('joiner', 'q'),
    ],
  ],
  [
    'moves by word and line',
    [
      text,
      'copy-mode',
      ...each('joiner', 'Up', 'Up', 'C-a', 'M-f', 'M-f', 'M-b', 'C-e', 'M-m', 'C-n', 'C-p', 'M-r', 'M-R', 'C-c'),
    ],
  ],
  [
    'selects',
    [
      text,
      'copy-mode',
      ...each('host', 'Up', 'Up', 'Up', 'C-Space', 'Right', 'Down', 'Left', 'Up', 'Up', 'Up', 'C-g', 'q'),
    ],
  ],
  [
    'selects over pages',
    [text, 'copy-mode', ...each('joiner', 'C-Space', 'PPage', 'PPage', 'Down', 'NPage', 'NPage', 'M-w')],
  ],
  [
    'selects a rectangle',
    [
      text,
      'copy-mode',
      ...each(
        'joiner',
        'Up',
        'Up',
        'Up',
        'C-Space',
        'R',
        'Right',
        'Right',
        'Down',
        'Left',
        'Left',
        'Left',
        'Left',
        'R',
        'q',
      ),
    ],
  ],
  [
    'searches',
    [
      text,
      'copy-mode',
      ...each(
        'joiner',
        'C-r',
        'l',
        'i',
        'n',
        'e',
        'BSpace',
        'e',
        'Enter',
        'n',
        'n',
        'N',
        'C-s',
        '5',
        'Enter',
        'n',
        'q',
      ),
    ],
  ],
  [
    'jumps to a character',
    [text, 'copy-mode', ...each('host', 'Up', 'Up', 'C-a', 'f', 'e', ';', ';', ',', 'F', 'a', 'q')],
  ],
  ['goes to a line', [text, 'copy-mode', ...each('joiner', 'g', '1', '0', 'Enter', 'g', '3', 'C-c', 'q')]],
  [
    'copies to the end, and pastes',
    [text, 'copy-mode', ...each('joiner', 'Up', 'C-a', 'C-k'), keys('joiner', 'C-b', ']'), 'paste-buffer'],
  ],
];

const vi: readonly Case[] = [
  [
    'scrolls by page and line',
    [
      text,
      'copy-mode',
      ...each('joiner', 'C-u', 'C-u', 'C-f', 'C-u', 'C-d', 'C-y', 'C-e', 'K', 'J', 'g', 'G', 'H', 'M', 'L', 'q'),
    ],
  ],
  [
    'moves by word and line',
    [
      text,
      'copy-mode',
      ...each('host', 'k', 'k', 'k', '0', 'w', 'w', 'e', 'b', 'W', 'E', 'B', '$', '^', 'h', 'l', 'j', 'q'),
    ],
  ],
  [
    'selects',
    [text, 'copy-mode', ...each('joiner', 'k', 'k', '0', 'Space', 'l', 'j', 'h', 'k', 'k', 'o', 'V', 'k', 'q')],
  ],
  [
    'selects a rectangle',
    [text, 'copy-mode', ...each('joiner', 'k', 'k', 'k', 'Space', 'v', 'l', 'l', 'j', 'h', 'h', 'h', 'h', 'v', 'q')],
  ],
  [
    'searches',
    [
      text,
      'copy-mode',
      ...each(
        'joiner',
        '/',
        'o',
        'f',
        'Enter',
        'n',
        'N',
        '?',
        'l',
        'i',
        'n',
        'e',
        'Space',
        '3',
        'Enter',
        'n',
        'n',
        'q',
      ),
    ],
  ],
  [
    'jumps to a character',
    [text, 'copy-mode', ...each('joiner', 'k', '0', 'f', 'o', ';', 't', 'n', ',', 'F', 'l', 'T', 'a', 'q')],
  ],
  ['goes to a line', [text, 'copy-mode', ...each('host', ':', '2', '0', 'Enter', ':', '5', 'Enter', 'q')]],
  ['copies', [text, 'copy-mode', ...each('joiner', 'k', '0', 'Space', '$', 'Enter'), 'paste-buffer']],
];

judged({
  'copy mode with the keys of emacs': emacs,
  'copy mode with the keys of vi': vi.map(([name, steps]) => [name, ['setw -g mode-keys vi', ...steps]]),
  'copy mode': [
    [
      'of a program that goes on',
      [
        text,
        'copy-mode ; send-keys PPage',
        output('\u001B[31mmore\r\n'),
        output('x\r\n'.repeat(30)),
        ...each('joiner', 'Up', 'NPage'),
        keys('joiner', 'q'),
      ],
    ],
    [
      'of one pane of two',
      [
        text,
        'split-window -h',
        'select-pane -t 0 ; copy-mode',
        ...each('joiner', 'PPage', 'Up'),
        'select-pane -t 1',
        type('beside'),
        'select-pane -t 0',
        keys('joiner', 'q'),
      ],
    ],
    [
      'of both panes',
      [
        text,
        'split-window -h',
        output(lines),
        'copy-mode ; copy-mode -t 0',
        'send-keys -t 0 PPage',
        'send-keys -t 1 PPage',
        'send-keys -t 0 q',
        'kill-pane',
      ],
    ],
    [
      'zoomed',
      [
        text,
        'split-window -h',
        'copy-mode -t 0',
        'resize-pane -Z -t 0',
        ...each('joiner', 'PPage', 'C-Space', 'Up'),
        'resize-pane -Z',
        keys('joiner', 'q'),
      ],
    ],
    [
      'as the pane gets another size',
      [
        text,
        'copy-mode',
        ...each('joiner', 'PPage', 'Up'),
        'split-window',
        'select-pane -U',
        ...each('joiner', 'PPage'),
        'kill-pane -t 1',
        resize(60, 20),
        keys('joiner', 'Up'),
        resize(100, 30),
        keys('joiner', 'q'),
      ],
    ],
    [
      'in another window',
      [text, 'copy-mode', 'new-window', 'last-window', keys('joiner', 'PPage'), 'kill-window -a', keys('joiner', 'q')],
    ],
    [
      'over the alternate screen',
      [
        text,
        output('\u001B[?1049h\u001B[2J\u001B[Hfull screen'),
        'copy-mode',
        ...each('joiner', 'Up', 'PPage', 'q'),
        output('\u001B[?1049l'),
        'copy-mode',
        keys('joiner', 'PPage'),
      ],
    ],
    [
      'in other colours',
      [
        'setw -g mode-style fg=white,bg=blue,bold',
        text,
        'copy-mode',
        ...each('joiner', 'Up', 'Up', 'C-Space', 'Up', 'Left'),
        ...each('joiner', 'C-r', 'x', 'C-g', 'q'),
      ],
    ],
    ['of nothing', ['copy-mode', ...each('joiner', 'Up', 'PPage', 'C-Space', 'Right', 'C-r', 'x', 'Enter', 'q')]],
    [
      'with a full line under the cursor',
      [
        output('x'.repeat(80)),
        output('\r\nshort\r\n'),
        'copy-mode',
        ...each('joiner', 'Up', 'Up', 'C-e', 'Right', 'Up', 'q'),
      ],
    ],
    [
      'in a tiny pane',
      [
        text,
        'split-window ; resize-pane -t 0 -y 2 ; copy-mode -t 0',
        'select-pane -t 0',
        ...each('joiner', 'PPage', 'PPage', 'C-r', 'l', 'Enter', 'q'),
      ],
    ],
    [
      'at the top of the screen',
      ['set -g status-position top', text, 'copy-mode', ...each('joiner', 'PPage', 'Up', 'C-r', 'x', 'C-c', 'q')],
    ],
  ],
  redrawn,
  'output of commands at the host': [
    [
      'list-keys',
      [keys('host', 'C-b', '?'), ...each('host', 'Down', 'NPage', 'NPage', 'PPage', 'C-s', 'w', 'Enter', 'n', 'q')],
    ],
    [
      'that is long',
      ["run-shell 'seq 1 200'", ...each('joiner', 'PPage', 'PPage', 'M-<', 'NPage', 'C-Space', 'Down', 'Right', 'q')],
    ],
    [
      'that is wide',
      ["run-shell 'echo 日本語 wide; printf %0200d 1; echo; echo end'", ...each('joiner', 'Up', 'Up', 'C-e', 'q')],
    ],
    [
      'of one pane of two',
      ['split-window -h', "run-shell -t 0 'seq 1 5'", 'resize-pane -t 0 -x 20', 'send-keys -t 0 q'],
    ],
    [
      'as the terminal gets another size',
      ["run-shell 'seq 1 50; printf %0120d 1'", resize(60, 12), resize(100, 30), keys('joiner', 'q')],
    ],
  ],
});
