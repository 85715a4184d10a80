import type { KeyCode } from '#tmate-protocol';
import { binding, type Binding } from './binding.js';
import { parseCommandLine } from './command-line.js';
import { parseKey } from './key-names.js';

type Row = readonly [key: string, line: string, repeat?: true];
const REPEAT = true;

const PREFIX: readonly Row[] = [
  ['C-b', 'send-prefix'],
  ['C-o', 'rotate-window'],
  ['C-z', 'suspend-client'],
  ['Space', 'next-layout'],
  ['!', 'break-pane'],
  ['"', 'split-window'],
  ['#', 'list-buffers'],
  ['$', "command-prompt -I'#S' \"rename-session '%%'\""],
  ['%', 'split-window -h'],
  ['&', 'confirm-before -p"kill-window #W? (y/n)" kill-window'],
  ["'", 'command-prompt -pindex "select-window -t \':%%\'"'],
  ['(', 'switch-client -p'],
  [')', 'switch-client -n'],
  [',', "command-prompt -I'#W' \"rename-window '%%'\""],
  ['-', 'delete-buffer'],
  ['.', 'command-prompt "move-window -t \'%%\'"'],
  ['0', 'select-window -t:=0'],
  ['1', 'select-window -t:=1'],
  ['2', 'select-window -t:=2'],
  ['3', 'select-window -t:=3'],
  ['4', 'select-window -t:=4'],
  ['5', 'select-window -t:=5'],
  ['6', 'select-window -t:=6'],
  ['7', 'select-window -t:=7'],
  ['8', 'select-window -t:=8'],
  ['9', 'select-window -t:=9'],
  [':', 'command-prompt'],
  [';', 'last-pane'],
  ['=', 'choose-buffer'],
  ['?', 'list-keys'],
  ['D', 'choose-client'],
  ['L', 'switch-client -l'],
  ['M', 'select-pane -M'],
  ['[', 'copy-mode'],
  [']', 'paste-buffer'],
  ['c', 'new-window'],
  ['d', 'detach-client'],
  ['f', 'command-prompt "find-window \'%%\'"'],
  ['i', 'display-message'],
  ['l', 'last-window'],
  ['m', 'select-pane -m'],
  ['n', 'next-window'],
  ['o', 'select-pane -t:.+'],
  ['p', 'previous-window'],
  ['q', 'display-panes'],
  ['r', 'refresh-client'],
  ['s', 'choose-tree'],
  ['t', 'clock-mode'],
  ['w', 'choose-window'],
  ['x', 'confirm-before -p"kill-pane #P? (y/n)" kill-pane'],
  ['z', 'resize-pane -Z'],
  ['{', 'swap-pane -U'],
  ['}', 'swap-pane -D'],
  ['~', 'show-messages'],
  ['PPage', 'copy-mode -u'],
  ['Up', 'select-pane -U', REPEAT],
  ['Down', 'select-pane -D', REPEAT],
  ['Left', 'select-pane -L', REPEAT],
  ['Right', 'select-pane -R', REPEAT],
  ['M-1', 'select-layout even-horizontal'],
  ['M-2', 'select-layout even-vertical'],
  ['M-3', 'select-layout main-horizontal'],
  ['M-4', 'select-layout main-vertical'],
  ['M-5', 'select-layout tiled'],
  ['M-n', 'next-window -a'],
  ['M-o', 'rotate-window -D'],
  ['M-p', 'previous-window -a'],
  ['M-Up', 'resize-pane -U 5', REPEAT],
  ['M-Down', 'resize-pane -D 5', REPEAT],
  ['M-Left', 'resize-pane -L 5', REPEAT],
  ['M-Right', 'resize-pane -R 5', REPEAT],
  ['C-Up', 'resize-pane -U', REPEAT],
  ['C-Down', 'resize-pane -D', REPEAT],
  ['C-Left', 'resize-pane -L', REPEAT],
  ['C-Right', 'resize-pane -R', REPEAT],
];

const ROOT: readonly Row[] = [
  ['MouseDown1Pane', 'select-pane -t= ; send-keys -M'],
  ['MouseDrag1Border', 'resize-pane -M'],
  ['MouseDown1Status', 'select-window -t='],
  ['WheelDownStatus', 'next-window'],
  ['WheelUpStatus', 'previous-window'],
  [
    'MouseDrag1Pane',
    'if -Ft= \'#{mouse_any_flag}\' \'if -Ft= "#{pane_in_mode}" "copy-mode -M" "send-keys -M"\' \'copy-mode -M\'',
  ],
  ['MouseDown3Pane', "if-shell -Ft= '#{mouse_any_flag}' 'select-pane -t=; send-keys -M' 'select-pane -mt='"],
  [
    'WheelUpPane',
    'if-shell -Ft= \'#{mouse_any_flag}\' \'send-keys -M\' \'if -Ft= "#{pane_in_mode}" "send-keys -M" "copy-mode -et="\'',
  ],
];

/** The key tables of a session that has tmux's own keys. */
export type DefaultBindings = ReadonlyMap<string, ReadonlyMap<KeyCode, Binding>>;

let made: DefaultBindings | undefined;

/** The keys that a stock tmate 2.4.0 binds (and replicates on connecting), read when first asked for. */
export function defaultBindings(): DefaultBindings {
  return (made ??= new Map([
    ['prefix', read(PREFIX)],
    ['root', read(ROOT)],
  ]));
}

function read(rows: readonly Row[]): ReadonlyMap<KeyCode, Binding> {
  const table = new Map<KeyCode, Binding>();
  for (const [name, line, repeat] of rows) {
    const key = parseKey(name);
    const commands = parseCommandLine(line);
    // A row that does not read is left out here, and found by the test that counts them.
    if (key !== undefined && commands.ok) table.set(key, binding(commands.value, repeat === true));
  }
  return table;
}
