import { judged } from './cases.fixture.js';
import { keys, output, resize, type } from './step.js';

const three = 'new-window -n one ; new-window -n two';

judged({
  'new windows': [
    ['at the end', ['new-window', 'new-window -n named', type('in it')]],
    ['by key', [keys('joiner', 'C-b', 'c'), keys('host', 'C-b', 'c'), type('x')]],
    [
      'at a place',
      [
        'new-window -t :5',
        'new-window -t :3 -n three',
        'new-window -a -n after',
        'new-window -t :5',
        'new-window -k -t :5 -n again',
      ],
    ],
    ['behind the current one', ['new-window -d -n behind', output('unseen', ':1'), 'select-window -t :1']],
    ['from another first number', ['set -g base-index 3', 'new-window', 'new-window']],
    [
      'many',
      ['new-window', 'new-window', 'new-window', 'new-window', 'new-window', 'new-window', 'new-window', 'new-window'],
    ],
    ['with a program of their own', ["new-window 'printf hello; exec cat'", "new-window -n loud 'seq 1 40; exec cat'"]],
  ],
  'going from one to another': [
    ['next and previous', [three, 'next-window', 'next-window', 'previous-window', 'next-window', 'previous-window']],
    [
      'the last',
      [three, 'last-window', 'last-window', 'select-window -t :0', 'last-window', 'kill-window', 'last-window'],
    ],
    [
      'by number',
      [
        three,
        'select-window -t :0',
        'select-window -t :2',
        'select-window -T -t :2',
        'select-window -l',
        'select-window -n',
        'select-window -p',
      ],
    ],
    ['by keys', [three, ...['0', '1', 'n', 'p', 'l', '2', 'l', 'n'].map((key) => keys('joiner', 'C-b', key))]],
    [
      'by keys of host and joiner in turn',
      [
        three,
        keys('joiner', 'C-b', 'n'),
        keys('host', 'C-b', 'n'),
        keys('joiner', 'C-b', 'l'),
        keys('host', 'C-b', '0'),
      ],
    ],
    [
      'each with its own content',
      [
        output('zero'),
        'new-window',
        output('\u001B[41mone'),
        'new-window ; split-window -h',
        output('two'),
        'next-window',
        'next-window',
        'next-window',
      ],
    ],
    [
      'that changed behind',
      [
        'new-window',
        output('\u001B[2J\u001B[5;5Hunseen\u001B[?25l', ':0'),
        'last-window',
        output('\u001B[?25h\u001B[3 q', ':0'),
        output('x\r\n'.repeat(30), ':1'),
        'last-window',
      ],
    ],
  ],
  names: [
    [
      'given',
      [
        'rename-window zero',
        'new-window',
        'rename-window -t :0 "with spaces and #S"',
        'rename-window ""',
        'rename-window 日本語',
        'rename-window aé',
      ],
    ],
    ['long', [`rename-window ${'long'.repeat(20)}`, 'new-window', 'last-window']],
    ['by a program', [output('\u001Bkprogram\u001B\\'), 'set allow-rename off', output('\u001Bkother\u001B\\')]],
    ['by key', [keys('joiner', 'C-b', 'c')]],
    ['of the session', ['rename-session other', 'rename-session "a b"', 'rename-session 0']],
  ],
  'moving windows, most of which tmate refuses': [
    ['to another number', [three, 'move-window -t :7', 'move-window -r', 'swap-window -s :0 -t :2']],
    ['linked', [three, 'link-window -s :0 -t :9', 'unlink-window -t :9']],
  ],
  ends: [
    ['by force', [three, 'kill-window', 'kill-window -t :0', 'new-window', 'kill-window -a']],
    ['of the current one, as its program ends', [three, keys('joiner', 'C-d'), keys('host', 'C-d'), type('left')]],
    ['of another one', [three, 'send-keys -t :0 C-d', 'send-keys -t :1 C-d']],
    ['of the last one', [three, 'select-window -t :0', 'send-keys -t :2 C-d', 'last-window']],
    ['of one of two panes', ['new-window ; split-window', keys('joiner', 'C-d'), keys('joiner', 'C-d'), type('first')]],
    ['of the first window', ['new-window', 'send-keys -t :0 C-d', 'new-window']],
    ['of a zoomed pane', ['new-window ; split-window ; resize-pane -Z', keys('joiner', 'C-d'), keys('joiner', 'C-d')]],
    [
      'of many at once',
      ['new-window ; new-window ; new-window', 'kill-window -t :1 ; kill-window -t :3', 'kill-window -a'],
    ],
    ['in alternate screen', ['new-window', output('\u001B[?1049h\u001B[Hfull'), 'kill-window']],
  ],
  bell: [
    ['in the current window', [output('\u0007'), output('a\u0007b\u0007')]],
    [
      'in another',
      ['new-window -d', output('\u0007', ':1'), 'new-window', output('\u0007', ':0'), 'next-window', 'next-window'],
    ],
    ['in another pane', ['split-window -d', output('\u0007', ':.1')]],
    ['nowhere', ['set -g bell-action none', output('\u0007'), 'new-window -d', output('\u0007', ':1'), 'next-window']],
    [
      'of the current window alone',
      ['set -g bell-action current', output('\u0007'), 'new-window -d', output('\u0007', ':1')],
    ],
    [
      'with a style',
      [
        'setw -g window-status-bell-style fg=red,bg=white,blink',
        'new-window -d',
        output('\u0007', ':1'),
        'next-window',
      ],
    ],
    ['in a title', [output('\u001B]2;a title\u0007'), output('\u001B]0;another\u001B\\')]],
  ],
  activity: [
    ['unasked', ['new-window -d', output('x', ':1'), 'next-window']],
    [
      'asked for',
      [
        'setw -g monitor-activity on',
        'new-window -d',
        output('x', ':1'),
        'next-window',
        output('y', ':0'),
        'last-window',
      ],
    ],
    [
      'of one window',
      [
        'new-window -d',
        'new-window -d',
        'setw -t :1 monitor-activity on',
        output('x', ':1'),
        output('x', ':2'),
        'select-window -t :1',
      ],
    ],
    [
      'with a style',
      [
        'setw -g monitor-activity on ; setw -g window-status-activity-style fg=blue,underscore',
        'new-window -d',
        output('x', ':1'),
      ],
    ],
    [
      'that rings',
      ['set -g bell-on-alert on ; setw -g monitor-activity on', 'new-window -d', output('x', ':1'), output('y', ':1')],
    ],
    [
      'with a joiner of another size',
      [resize(40, 24, 'joiner'), 'setw -g monitor-activity on', 'new-window -a', resize(80, 24), 'last-window'],
    ],
    [
      'asked for later',
      [
        'new-window -d',
        output('x', ':1'),
        'setw -g monitor-activity on',
        output('y', ':1'),
        'setw -g monitor-activity off',
      ],
    ],
  ],
});
