import { judged } from './cases.fixture.js';
import { keys, output, resize, type } from './step.js';

const many = Array.from({ length: 12 }, (_, n) => `new-window -d -n window-${n}`).join(' ; ');

judged({
  place: [
    [
      'at the top',
      ['set -g status-position top', 'split-window', type('x'), 'resize-pane -Z', 'set -g status-position bottom'],
    ],
    ['off', ['set -g status off', type('x'), 'split-window', 'new-window', 'last-window', 'set -g status on']],
    [
      'on and off at the top',
      [
        'set -g status-position top ; split-window -h',
        'set -g status off',
        'set -g status on',
        'set -g status off ; set -g status-position bottom',
        'set -g status on',
      ],
    ],
    ['of this session alone', ['set status off', 'set status on', 'set -u status']],
    [
      'by key',
      ['bind-key S set status', keys('joiner', 'C-b', 'c'), keys('host', 'C-b', 'S'), keys('host', 'C-b', 'S')],
    ],
  ],
  justified: (['left', 'centre', 'right'] as const).map(
    (where) =>
      [
        where,
        [
          `set -g status-justify ${where}`,
          'new-window',
          'new-window -n longer-name',
          'set -g status-right "k#{@k} x"',
          'set -g status-left ""',
        ],
      ] as const,
  ),
  'a long list of windows': [
    ['with arrows at the current one', [many, ...Array.from({ length: 12 }, () => 'next-window')]],
    ['going backwards', [many, ...Array.from({ length: 6 }, () => 'previous-window')]],
    [
      'justified, which has no effect',
      [many, 'set -g status-justify centre', 'select-window -t :6', 'set -g status-justify right'],
    ],
    [
      'in little room',
      [
        many,
        resize(40, 10),
        'select-window -t :7',
        resize(24, 10),
        'select-window -t :3',
        resize(12, 10),
        resize(8, 10),
      ],
    ],
    ['in much room', [many, resize(200, 10), 'select-window -t :7']],
    [
      'with an alert behind an arrow',
      [
        many,
        output('\u0007', ':11'),
        'select-window -t :6',
        output('\u0007', ':1'),
        'select-window -t :11',
        'select-window -t :1',
      ],
    ],
    [
      'with wide names',
      [
        'rename-window 日本語日本語日本語日本語',
        'new-window -n 한국어한국어한국어한국어',
        'new-window -n 中文中文中文中文中文中文中文中文中文',
        'next-window',
        resize(60, 10),
        resize(61, 10),
        'next-window',
        'next-window',
      ],
    ],
    [
      'with ends that leave no room',
      [
        many,
        'set -g status-left-length 70 ; set -g status-left "#{@k}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
        'set -g status-left-length 79',
        'set -g status-left-length 200',
      ],
    ],
    [
      'with separators',
      [
        'setw -g window-status-separator " | "',
        many,
        'select-window -t :6',
        'setw -g window-status-separator ""',
        'setw -g window-status-separator "日"',
      ],
    ],
  ],
  'left and right': [
    [
      'of other lengths',
      [
        'set -g status-left-length 3',
        'set -g status-left-length 0',
        'set -g status-right-length 1',
        'set -g status-right-length 100 ; set -g status-right "#{@k} a much longer right end than there was before it"',
      ],
    ],
    [
      'with styles',
      [
        'set -g status-left "#[fg=red]a#[bg=blue]b#[bold]c#[default]d" ',
        'set -g status-right "#[fg=colour208,bg=colour17,underscore]k#{@k}#[nounderscore]x#[fg=#ff8800]y"',
        'set -g status-left-style bg=red ; set -g status-right-style fg=black,bg=white',
      ],
    ],
    [
      'with attributes',
      [
        'set -g status-left "#[bold]b#[dim]d#[italics]i#[underscore]u#[blink]k#[reverse]r#[hidden]h#[none]n"',
        'set -g status-right "#[bright,reverse]k#{@k}#[nobright]x"',
      ],
    ],
    [
      'with formats',
      [
        'set -g status-left "#S:#I.#P #W #F #T "',
        'split-window',
        'set -g status-right "#{window_panes} #{pane_width}x#{pane_height} k#{@k}"',
        'select-pane -t 0',
        'new-window',
      ],
    ],
    [
      'with conditions',
      [
        'set -g status-left "#{?window_zoomed_flag,#[fg=red]Z,-} "',
        'split-window',
        'resize-pane -Z',
        'set -g status-right "#{?@k,k#{@k},none}#{?pane_in_mode, mode,}"',
        'copy-mode',
        'send-keys q',
      ],
    ],
    [
      'with the pane’s title',
      [
        'set -g status-right "#{=10:pane_title} k#{@k}"',
        output('\u001B]2;a long title of the pane\u0007'),
        output('\u001B]2;日本語のタイトル\u0007'),
        output('\u001B]2;\u0007'),
      ],
    ],
    [
      'with text that is no style',
      [
        'set -g status-left "#[nonsense]a #[fg=red b"',
        'set -g status-left "## #, #{nothing} #{"',
        'set -g status-right "k#{@k} %% %Q"',
      ],
    ],
    [
      'with wide characters',
      [
        'set -g status-left "日本語" ; set -g status-left-length 5',
        'set -g status-left-length 6',
        'set -g status-left-length 1',
        'set -g status-right "é 한 k#{@k}"',
      ],
    ],
    ['with the output of a command', ['set -g status-left "#(echo said) "']],
  ],
  styles: [
    [
      'of the line',
      [
        'set -g status-style fg=white,bg=blue,bold',
        'new-window',
        'set -g status-bg colour52 ; set -g status-fg yellow',
        'set -g status-attr underscore',
        'set -g status-style default',
        'set -g status-style reverse',
      ],
    ],
    [
      'of windows',
      [
        'setw -g window-status-style fg=cyan',
        'setw -g window-status-current-style bg=red,bold',
        'setw -g window-status-last-style underscore',
        'new-window',
        'new-window',
        'last-window',
        'setw -t :0 window-status-style fg=magenta',
      ],
    ],
    [
      'in the old way',
      [
        'setw -g window-status-current-bg green ; setw -g window-status-current-fg black',
        'setw -g window-status-fg red ; setw -g window-status-attr dim',
        'new-window',
      ],
    ],
    [
      'in 256 and 24-bit colours',
      [
        'set -g status-style fg=colour226,bg=colour17',
        'set -g status-style fg=#102030,bg=#f0e0d0',
        'set -g status-style fg=brightred,bg=brightblue',
      ],
    ],
  ],
  'formats of windows': [
    [
      'with conditions',
      [
        'setw -g window-status-format "#I#{?window_flags,#{window_flags},_}#{?window_zoomed_flag,Z,}"',
        'new-window ; split-window',
        'resize-pane -Z',
        'last-window',
        'last-window',
      ],
    ],
    [
      'with conditions inside conditions',
      [
        'setw -g window-status-current-format "#{?window_active,#{?window_zoomed_flag,zoomed,#{?pane_in_mode,mode,plain}},other} #W"',
        'split-window',
        'resize-pane -Z',
        'copy-mode',
        'send-keys q',
      ],
    ],
    [
      'with styles',
      [
        'setw -g window-status-format "#[fg=red]#I#[fg=blue]:#W#[default]"',
        'setw -g window-status-current-format "#[reverse] #I #[noreverse]#W"',
        'new-window',
        'new-window',
      ],
    ],
    [
      'cut',
      [
        'setw -g window-status-format "#I:#{=3:window_name}"',
        'setw -g window-status-current-format "#I:#{=-3:window_name}"',
        'rename-window abcdefgh',
        'new-window -n ijklmnop',
        'last-window',
      ],
    ],
    [
      'with substitution',
      [
        'setw -g window-status-current-format "#{s/a/b/:window_name} #{b:window_name} #{d:window_name}"',
        'rename-window banana',
        'rename-window /usr/local/bin',
      ],
    ],
    [
      'of nothing',
      [
        'setw -g window-status-format "" ; setw -g window-status-current-format ""',
        'new-window',
        'setw -g window-status-separator "·"',
      ],
    ],
    [
      'with panes',
      [
        'setw -g window-status-current-format "#P/#{window_panes} #{pane_id} #{pane_index} #{pane_width}x#{pane_height} #{window_width}"',
        'split-window',
        'setw -g pane-base-index 1',
        'select-pane -t 1',
        'kill-pane',
      ],
    ],
    [
      'with what is there of the session',
      [
        'setw -g window-status-current-format "#S #{session_windows} #{session_name} #{session_width}x#{session_height} #H #h"',
        'new-window',
      ],
    ],
    [
      'with flags of the cursor',
      [
        'setw -g window-status-current-format "#{cursor_x},#{cursor_y} #{history_size} #{alternate_on} #{cursor_flag}"',
        output('abc'),
        output('\u001B[?1049h'),
        output('\u001B[?25l'),
      ],
    ],
    [
      'of one window',
      [
        'setw window-status-current-format "[#W]"',
        'new-window',
        'setw -t :0 window-status-format "<#W>"',
        'last-window',
      ],
    ],
    [
      'with all flags',
      [
        'setw -g monitor-activity on',
        'new-window -d',
        'new-window -d',
        'split-window ; resize-pane -Z',
        output('x', ':1'),
        'next-window',
        'next-window',
      ],
    ],
  ],
});
