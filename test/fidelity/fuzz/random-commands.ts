import type { Dice } from '#testing';

/** What a script's random steps may count on: how much there surely is. */
export interface Stock {
  /** At least so many windows; a step may not end the last one. */
  windows: number;
  /** At least so many panes in all windows but the newest. */
  panes: number;
  /** Whether `monitor-activity` may be on. */
  activity: boolean;
  /**
   * Whether there may be wide characters; then all panes stay as wide as the terminal is at first, so that no new width tears one
   * in two: the host's terminal shows that otherwise than its model has it.
   */
  readonly wide: boolean;
}

const DIRECTIONS = ['-L', '-R', '-U', '-D'];
const LAYOUTS = ['even-horizontal', 'even-vertical', 'main-horizontal', 'main-vertical', 'tiled'];
const COLOURS = ['default', 'red', 'green', 'brightblue', 'colour123', 'black', 'white'];
const ATTRIBUTES = ['none', 'bold', 'underscore', 'reverse', 'dim', 'italics', 'blink', 'bold,underscore'];
const NAMES = ['w', 'a longer name', '日本', 'x'.repeat(50), 'é#S', '#[fg=red]n', '-'];
const TEXTS = [
  "'[#S] '",
  "''",
  "'#[fg=red,bold]left#[default] plain '",
  `'${'long '.repeat(12)}'`,
  "'日本 #S '",
  "'#[bg=blue]#[fg=white] #W #[reverse]#I:#P'",
  "'%% #h'",
];
const WINDOW_FORMATS = [
  "'#I:#W#F'",
  "' #I '",
  "'#[fg=yellow]#I#[default]:#W'",
  "'#{?window_active,[#W],#W}'",
  "'#{?window_zoomed_flag,zoom,#{window_panes}}'",
  "'#{=3:window_name}'",
  "''",
];

export const style = (dice: Dice): string =>
  dice.pick([
    `fg=${dice.pick(COLOURS)}`,
    `bg=${dice.pick(COLOURS)}`,
    `fg=${dice.pick(COLOURS)},bg=${dice.pick(COLOURS)},${dice.pick(ATTRIBUTES)}`,
    dice.pick(ATTRIBUTES),
    'default',
  ]);

const pane = (dice: Dice): string => `:.${dice.roll(5)}`;
const window = (dice: Dice): string => `:${dice.roll(4)}`;

/** An option that shows. */
export function randomOption(dice: Dice, stock: Stock): string {
  return dice.pick<() => string>([
    () => `set -g status ${dice.pick(['on', 'on', 'off'])}`,
    () => `set -g status-position ${dice.pick(['top', 'bottom'])}`,
    () => `set -g status-justify ${dice.pick(['left', 'centre', 'right'])}`,
    () => `set -g status-left ${dice.pick(TEXTS)}`,
    // The mark stays in sight: it is how the judge knows that a step is over.
    () => `set -g status-left-length ${dice.pick([0, 3, 10, 40])}`,
    () => `set -g status-style ${style(dice)}`,
    () => `set -g status-left-style ${style(dice)}`,
    () => `set -g status-right-style ${style(dice)}`,
    () => `setw -g window-status-format ${dice.pick(WINDOW_FORMATS)}`,
    () => `setw -g window-status-current-format ${dice.pick(WINDOW_FORMATS)}`,
    () => `setw -g window-status-separator ${dice.pick(["' '", "''", "' | '", "'#[fg=red]|'"])}`,
    () => `setw -g window-status-style ${style(dice)}`,
    () => `setw -g window-status-current-style ${style(dice)}`,
    () => `setw -g window-status-last-style ${style(dice)}`,
    () => `set -g pane-border-style ${style(dice)}`,
    () => `set -g pane-active-border-style ${style(dice)}`,
    () => `set -g base-index ${dice.roll(3)}`,
    () => `setw -g pane-base-index ${dice.roll(3)}`,
    () => `setw -g mode-keys ${dice.pick(['emacs', 'vi'])}`,
    () => `setw -g main-pane-${dice.pick(['width', 'height'])} ${10 + dice.roll(40)}`,
    () => `setw -g window${dice.pick(['', '-active'])}-style ${style(dice)}`,
    () => `setw -g window-status-${dice.pick(['bell', 'activity'])}-style ${style(dice)}`,
    () => `set -g bell-action ${dice.pick(['none', 'any', 'current'])}`,
    () => `set -g set-titles on ; set -g set-titles-string ${dice.pick(["'#I:#W'", "'#T'", "'#W #{pane_index}'"])}`,
    () => `set -g renumber-windows ${dice.pick(['on', 'off'])}`,
    () => `setw -g force-${stock.wide ? 'height' : dice.pick(['width', 'height'])} ${dice.pick([0, 8, 15, 40])}`,
    () => `setw alternate-screen ${dice.pick(['on', 'off'])}`,
    () => `setw synchronize-panes ${dice.pick(['on', 'off'])}`,
    () => {
      stock.activity = true;
      return `setw -g monitor-activity ${dice.pick(['on', 'on', 'off'])}`;
    },
  ])();
}

/** Back from the alternate screen; RIS, which clears; the history; and the modes that RIS leaves as they are. */
const RESET = String.raw`printf "\033[?1049l\033c\033[3J\033[?25;7h\033[?2004;1000;1002;1005;1006l\033[0 q"`;

/** What runs in a pane that begins again: like the first one, it does not end by `C-c`. */
const AGAIN = `trap "" INT QUIT TSTP; ${RESET}; exec cat`;

/** What the host clears in a pane by itself is not told: the program clears it too, in the same step. */
function cleared(dice: Dice): string {
  const reset = `run-shell '${RESET} >#{pane_tty}'`;
  const clear = dice.pick([`clear-history ; ${reset}`, `send-keys -R ; ${reset}`, `respawn-pane -k '${AGAIN}'`]);
  return `if-shell -F '#{pane_in_mode}' 'send-keys q' ; ${clear}`;
}

function layout(dice: Dice, { wide }: Stock): string {
  return dice.pick<() => string>([
    () => `select-layout ${wide ? 'even-vertical' : dice.pick(LAYOUTS)}`,
    () => dice.pick(['rotate-window -U', 'rotate-window -D', ...(wide ? [] : ['next-layout', 'previous-layout'])]),
    () => `select-pane ${dice.pick(DIRECTIONS)}`,
    () => `select-pane -t ${pane(dice)}`,
    () => dice.pick(['last-pane', 'select-pane -l']),
    () => `resize-pane ${dice.pick(DIRECTIONS)} ${1 + dice.roll(12)}`,
    () => `resize-pane -t ${pane(dice)} ${dice.pick(['-x', '-y'])} ${1 + dice.roll(40)}`,
    () => `resize-pane -Z${dice.oneIn(2) ? ` -t ${pane(dice)}` : ''}`,
    () => `swap-pane ${dice.pick(['-U', '-D', `-s ${pane(dice)} -t ${pane(dice)}`, `-d -s ${pane(dice)}`])}`,
    () => `join-pane ${dice.pick(wide ? ['-v', '-d'] : ['-h', '-v', '-d'])} -s ${pane(dice)} -t ${pane(dice)}`,
  ])();
}

function split(dice: Dice, stock: Stock): string {
  stock.panes += 1;
  const size = dice.pick(['', '', ` -l ${3 + dice.roll(20)}`, ` -p ${20 + dice.roll(60)}`]);
  return `split-window ${dice.pick(stock.wide ? ['-v'] : ['-h', '-v'])}${dice.pick(['', '', ' -d', ' -b'])}${size}`;
}

function windows(dice: Dice, stock: Stock): string {
  const go = dice.pick<() => string>([
    () => dice.pick(['next-window', 'previous-window', 'last-window', 'next-window -a']),
    () => `select-window -t ${window(dice)}`,
    () => `rename-window ${dice.oneIn(2) ? '' : `-t ${window(dice)} `}-- '${dice.pick(NAMES)}'`,
    () => `swap-window -s ${window(dice)} -t ${window(dice)}`,
    () => `move-window -s ${window(dice)} -t :${5 + dice.roll(4)}`,
    () => `rename-session -- '${dice.pick(['s', 'a b', '日'])}'`,
  ]);
  if (stock.windows < 8 && dice.oneIn(3)) {
    stock.windows += 1;
    return `new-window${dice.pick(['', '', ' -d', ' -a'])}${dice.oneIn(2) ? ` -n '${dice.pick(NAMES)}'` : ''}`;
  }
  return go();
}

/** Panes that change their window, hooks, and commands that depend on something. */
function moving(dice: Dice, stock: Stock): string {
  return dice.pick<() => string>([
    () => `break-pane${dice.pick(['', ' -d'])} -s ${pane(dice)}`,
    () => {
      // A window whose only pane leaves it ends.
      if (stock.windows < 2) return 'swap-pane -U';
      stock.windows -= 1;
      return `join-pane -v${dice.pick(['', ' -d'])} -s ${window(dice)}.${dice.roll(2)}`;
    },
    () => `swap-pane -s ${window(dice)}.${dice.roll(2)} -t ${window(dice)}.${dice.roll(2)}`,
    () => 'move-window -r',
    () => `if-shell -F '#{window_zoomed_flag}' 'resize-pane -Z' 'last-pane'`,
    () => `if-shell -F '#{pane_in_mode}' 'send-keys q' 'copy-mode'`,
    () => `if-shell ${dice.pick(['true', 'false'])} 'next-window' 'resize-pane -Z'`,
    () => `set-hook -g alert-bell 'rename-window rung'`,
    () => `set-hook -g client-resized 'select-layout even-vertical'`,
    () => `set-hook -gu ${dice.pick(['alert-bell', 'client-resized'])}`,
    // A window that was zoomed would keep its flag, with one pane.
    () => `if-shell -F '#{window_zoomed_flag}' 'resize-pane -Z' ; respawn-window -k '${AGAIN}'`,
  ])();
}

function ending(dice: Dice, stock: Stock): string {
  if (dice.oneIn(3) && stock.windows > 1) {
    stock.windows = 1;
    return 'kill-window -a';
  }
  // With a window to spare, whichever pane or window ends is not the last one.
  if (stock.windows < 2) return 'select-pane -t :.0';
  stock.windows -= 1;
  return dice.pick(['kill-pane', 'kill-pane -a', `kill-pane -t ${pane(dice)}`, 'kill-window', 'send-keys C-d']);
}

/** A tmux command line that the host runs, with nothing in it that only the host's own terminal shows. */
export function randomCommand(dice: Dice, stock: Stock): string {
  return dice.weighted<() => string>([
    [4, () => split(dice, stock)],
    [7, () => layout(dice, stock)],
    [5, () => windows(dice, stock)],
    [5, () => randomOption(dice, stock)],
    [3, () => moving(dice, stock)],
    [1, () => ending(dice, stock)],
    [1, () => cleared(dice)],
    [1, () => dice.pick(['copy-mode ; send-keys C-a 0', 'send-keys -t :.1 x', `send-keys -l '${'text '.repeat(5)}'`])],
  ])();
}
