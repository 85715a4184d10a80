import { words } from './words.js';

/** Nothing in the status line moves by itself, and each step leaves its number there. */
export const PINNED = [
  'set -g status on',
  'set -g status-interval 0',
  "set -g status-left '[#S] '",
  "set -g status-right 'k#{@k}'",
  'setw -g automatic-rename off',
];

/** Session options that cases change: set to what they are by default. */
const SESSION_OPTIONS = `
  status-position status-justify status-left-length status-right-length status-style status-left-style
  status-right-style status-keys message-style message-command-style prefix prefix2 repeat-time base-index bell-action
  bell-on-alert visual-bell visual-activity mouse renumber-windows set-titles set-titles-string display-panes-colour
  display-panes-active-colour
`;
const WINDOW_OPTIONS = `
  window-status-format window-status-current-format window-status-separator window-status-style
  window-status-current-style window-status-last-style window-status-bell-style window-status-activity-style
  pane-border-style pane-active-border-style pane-base-index window-style window-active-style mode-style
  mode-keys monitor-activity monitor-silence main-pane-width main-pane-height other-pane-width other-pane-height
  force-width force-height clock-mode-style clock-mode-colour remain-on-exit synchronize-panes alternate-screen
`;

/** Makes a session what it was at first, as far as steps change it: options, one window, one pane. */
export const FRESH = [
  ...PINNED,
  ...words(SESSION_OPTIONS).map((name) => `set -gu ${name}`),
  ...words(WINDOW_OPTIONS).map((name) => `setw -gu ${name}`),
  'set -u status',
  ...['alert-bell', 'client-resized'].map((hook) => `set-hook -gu ${hook}`),
  'rename-session 0',
  'new-window -k -t :0 -n w',
  'kill-window -a -t :0',
];
