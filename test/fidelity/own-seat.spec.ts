import { judged, type Case } from './cases.fixture.js';
import { keys, output, resize, type StepLike } from './step.js';

// What a joiner opens at its own seat is not on the host's terminal, and what the host opens is not sent. So both press the
// same keys: each sees their own prompt or list, and the host's is what the joiner's is compared with.
const both = (...pressed: readonly string[]): StepLike => keys('both', ...pressed);
/** Keys of both, compared after each. */
const each = (...pressed: readonly string[]): StepLike[] => pressed.map((key) => both(key));
const typed = (text: string): StepLike => both(...Array.from(text, (char) => (char === ' ' ? 'Space' : char)));

const three = 'new-window -n one ; new-window -n two';
const four = 'split-window -h ; split-window ; select-pane -L ; split-window';

const prompts: readonly Case[] = [
  ['opened and closed', [both('C-b', ':'), typed('rename-window x'), both('Escape')]],
  [
    'edited',
    [
      both('C-b', ':'),
      typed('abc def ghi'),
      ...each(
        'C-a',
        'C-f',
        'M-f',
        'C-b',
        'M-b',
        'C-k',
        'C-w',
        'Left',
        'Right',
        'Home',
        'End',
        'BSpace',
        'C-u',
        'DC',
        'Escape',
      ),
    ],
  ],
  [
    'transposed and killed',
    [both('C-b', ':'), typed('one two'), ...each('C-t', 'C-a', 'C-d', 'C-e', 'C-h', 'C-w', 'C-c')],
  ],
  ['done', [both('C-b', ':'), typed('rename-window done'), both('Enter')]],
  [
    'completed',
    [
      both('C-b', ':'),
      typed('renam'),
      ...each('Tab', 'w', 'Tab'),
      both('C-u'),
      typed('spl'),
      both('Tab'),
      both('Escape'),
    ],
  ],
  [
    'with history',
    [
      both('C-b', ':'),
      typed('rename-window a'),
      both('Enter'),
      both('C-b', ':'),
      typed('rename-window b'),
      both('Enter'),
      both('C-b', ':'),
      ...each('Up', 'Up', 'Up', 'Down', 'Down', 'Escape'),
    ],
  ],
  [
    'longer than the line',
    [both('C-b', ':'), typed('x'.repeat(60)), typed('y'.repeat(30)), ...each('C-a', 'C-e', 'Left', 'Escape')],
  ],
  ['at the top', ['set -g status-position top', both('C-b', ':'), typed('top'), both('Escape')]],
  ['without a status line', ['set -g status off', both('C-b', ':'), typed('off'), both('Escape')]],
  [
    'in another style',
    ['set -g message-style fg=white,bg=red,bold', both('C-b', ':'), typed('styled'), both('Escape')],
  ],
  ['of a window’s name', [both('C-b', ','), typed('-more'), both('Enter')]],
  ['of the session’s name', [both('C-b', '$'), both('Escape')]],
  ['of a window’s number', [three, both('C-b', "'"), typed('0'), both('Enter')]],
  [
    'of more than one',
    [
      'bind-key T command-prompt -p "first,second:" "rename-window \'%1-%2\'"',
      both('C-b', 'T'),
      typed('a'),
      both('Enter'),
      typed('b'),
      both('Enter'),
    ],
  ],
  [
    'with a beginning',
    [
      'bind-key T command-prompt -I "#W,x" -p "name #S:,other" "rename-window \'%1%2\'"',
      both('C-b', 'T'),
      both('Enter'),
      both('Enter'),
    ],
  ],
];

const viPrompts: readonly Case[] = [
  [
    'edited',
    [
      both('C-b', ':'),
      typed('abc def ghi'),
      ...each('Escape', 'b', 'b', 'x', '0', 'w', 'D', 'i', 'z', 'Escape', 'A', 'y', 'Escape', '$', 'h', 'C', 'Enter'),
    ],
  ],
  ['cancelled', [both('C-b', ':'), typed('abc'), ...each('Escape', 'q', 'C-c')]],
];

const faults: readonly Case[] = [
  ['an unknown command', [both('C-b', ':'), typed('no-such-command'), both('Enter'), both('x')]],
  ['an ambiguous one', [both('C-b', ':'), typed('list'), both('Enter'), both('x')]],
  ['a wrong flag', [both('C-b', ':'), typed('split-window -q'), both('Enter'), both('x')]],
  ['too many words', [both('C-b', ':'), typed('next-window a b'), both('Enter'), both('x')]],
  ['an unknown option', [both('C-b', ':'), typed('set -g no-such 1'), both('Enter'), both('x')]],
  ['a wrong value', [both('C-b', ':'), typed('set -g status maybe'), both('Enter'), both('x')]],
  ['a window that is not there', [both('C-b', ':'), typed('select-window -t :77'), both('Enter'), both('x')]],
  ['what tmate refuses', ['split-window', both('C-b', '!'), both('x')]],
  ['an open quote', [both('C-b', ':'), typed('rename-window "x'), both('Enter'), both('x')]],
];

judged({
  'a prompt': prompts,
  'a prompt with the keys of vi': viPrompts.map(([name, steps]) => [name, ['set -g status-keys vi', ...steps]]),
  'what is wrong': faults,
  'a question': [
    ['before a pane goes', ['split-window', both('C-b', 'x'), both('n')]],
    ['before a window goes', ['rename-window gone', both('C-b', '&'), both('q')]],
    [
      'of one’s own',
      ['bind-key T confirm-before -p "sure of #W? (y/n)" "rename-window sure"', both('C-b', 'T'), both('y')],
    ],
    ['without words', ['bind-key T confirm-before "rename-window sure"', both('C-b', 'T'), both('Enter')]],
  ],
  'a message': [
    ['that a command says', [both('C-b', 'i'), both('x')]],
    ['of one’s own', ['bind-key T display-message "#S:#W #{pane_index} %% #[fg=red]x"', both('C-b', 'T'), both('x')]],
    ['that is long', [`bind-key T display-message "${'long '.repeat(30)}"`, both('C-b', 'T'), both('x')]],
    ['at the top', ['set -g status-position top', 'bind-key T display-message hello', both('C-b', 'T'), both('x')]],
    ['without a status line', ['set -g status off', 'bind-key T display-message hello', both('C-b', 'T'), both('x')]],
  ],
  'the numbers of panes': [
    ['of one', [both('C-b', 'q'), both('x')]],
    ['of four', [four, both('C-b', 'q'), both('0')]],
    ['over text', [output('text over all of it '.repeat(60)), 'split-window', both('C-b', 'q'), both('Escape')]],
    [
      'in small panes',
      [
        `${four} ; split-window ; split-window -h ; select-layout tiled`,
        both('C-b', 'q'),
        both('1'),
        'select-layout even-horizontal',
        both('C-b', 'q'),
        both('2'),
      ],
    ],
    [
      'in other colours',
      [
        'set -g display-panes-colour colour208 ; set -g display-panes-active-colour green',
        four,
        both('C-b', 'q'),
        both('x'),
      ],
    ],
    [
      'of twelve',
      [Array.from({ length: 11 }, () => 'split-window ; select-layout tiled').join(' ; '), both('C-b', 'q'), both('9')],
    ],
    ['from one', ['setw -g pane-base-index 1', four, both('C-b', 'q'), both('1')]],
    ['zoomed', [four, 'resize-pane -Z', both('C-b', 'q'), both('x')]],
  ],
  'the clock': [
    ['of 24 hours', [both('C-b', 't'), both('x')]],
    [
      'of 12 hours, in another colour',
      ['setw -g clock-mode-style 12 ; setw -g clock-mode-colour red', both('C-b', 't'), both('q')],
    ],
    ['in panes', [four, both('C-b', 't'), 'resize-pane -x 60 -y 16', 'resize-pane -x 10 -y 4', both('x')]],
    ['in another size', [both('C-b', 't'), resize(30, 8), resize(12, 4), resize(80, 24), both('x')]],
  ],
  'the list of windows': [
    ['walked', [three, both('C-b', 'w'), ...each('Down', 'Down', 'Up', 'Up', 'Up', 'q')]],
    ['chosen from', [three, both('C-b', 'w'), ...each('Up', 'Enter')]],
    ['chosen from by number', [three, both('C-b', 'w'), both('0')]],
    [
      'that is long',
      [
        Array.from({ length: 40 }, (_, n) => `new-window -d -n w${n}`).join(' ; '),
        both('C-b', 'w'),
        ...each('Up', 'NPage', 'PPage', 'End', 'Home', 'C-Down', 'Escape'),
      ],
    ],
    [
      'with the keys of vi',
      ['setw -g mode-keys vi', three, both('C-b', 'w'), ...each('j', 'k', 'G', 'g', 'L', 'H', 'q')],
    ],
    ['in one pane of two', ['split-window -h', both('C-b', 'w'), ...each('Down', 'q')]],
    ['in another style', ['setw -g mode-style fg=white,bg=blue', three, both('C-b', 'w'), both('q')]],
    ['with an alert', ['new-window -d', output('\u0007', ':1'), both('C-b', 'w'), both('q')]],
    ['in another size', [three, both('C-b', 'w'), resize(60, 10), both('Up'), resize(100, 30), both('q')]],
  ],
  'the tree': [
    ['opened and closed', [three, both('C-b', 's'), ...each('Right', 'Down', 'Down', 'Up', 'Left', 'Right', 'q')]],
    ['chosen from', [three, both('C-b', 's'), ...each('Right', 'Down', 'Enter')]],
    ['of all', ['bind-key T choose-tree -u', three, both('C-b', 'T'), ...each('Down', 'Down', 'Space', 'q')]],
  ],
  listings: [
    ['of keys', [both('C-b', '?'), ...each('NPage', 'NPage', 'Down', 'Up', 'q')]],
    ['of commands', ['bind-key T list-commands', both('C-b', 'T'), ...each('NPage', 'q')]],
    ['of window options', ['bind-key T show-window-options -g', both('C-b', 'T'), ...each('NPage', 'q')]],
    ['in one pane of two', ['split-window -h', both('C-b', '?'), ...each('Down', 'NPage', 'q')]],
    ['searched', [both('C-b', '?'), ...each('C-s', 'w', 'i', 'n', 'Enter', 'n', 'C-r', 'k', 'Enter', 'q')]],
    ['selected in', [both('C-b', '?'), ...each('Down', 'C-Space', 'Down', 'Right', 'M-f', 'q')]],
  ],
});
