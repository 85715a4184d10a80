import { parseColour } from './colours.js';
import { KEY_NONE, type KeyCode } from '#tmate-protocol';
import { DEFAULT_STYLE, type Colour, type Style } from './style.js';
import { parseStyle } from './styles.js';

/** Whose an option is: one value for all, one a session, one a window. */
export type OptionScope = 'server' | 'session' | 'window';

interface Entry<Type extends string, Value> {
  readonly type: Type;
  readonly scope: OptionScope;
  /** The value if nothing was set. */
  readonly initial: Value;
}
export type TextEntry = Entry<'string', string>;
export interface NumberEntry extends Entry<'number', number> {
  readonly min: number;
  readonly max: number;
}
export type FlagEntry = Entry<'flag', boolean>;
export interface ChoiceEntry<Choice extends string = string> extends Entry<'choice', Choice> {
  readonly choices: readonly Choice[];
}
export type ColourEntry = Entry<'colour', Colour>;
export type StyleEntry = Entry<'style', Style>;
export type KeyEntry = Entry<'key', KeyCode>;
/** An option of tmux before 1.9: one part of what is a style now, and kept nowhere else. */
export interface OldEntry {
  readonly type: 'old';
  readonly scope: OptionScope;
  readonly part: 'fg' | 'bg' | 'attr';
  readonly style: string;
}
export type OptionEntry =
  TextEntry | NumberEntry | FlagEntry | ChoiceEntry | ColourEntry | StyleEntry | KeyEntry | OldEntry;

const INT_MAX = 0x7fffffff;
const SHRT_MAX = 0x7fff;
const USHRT_MAX = 0xffff;

const text = (scope: OptionScope, initial: string): TextEntry => ({ type: 'string', scope, initial });
const number = (scope: OptionScope, min: number, max: number, initial: number): NumberEntry => ({
  type: 'number',
  scope,
  min,
  max,
  initial,
});
const flag = (scope: OptionScope, initial: boolean): FlagEntry => ({ type: 'flag', scope, initial });
const choice = <const Choice extends string>(
  scope: OptionScope,
  choices: readonly Choice[],
  initial: NoInfer<Choice>,
): ChoiceEntry<Choice> => ({ type: 'choice', scope, choices, initial });
const colour = (scope: OptionScope, name: string): ColourEntry => ({
  type: 'colour',
  scope,
  initial: parseColour(name) ?? 0,
});
const style = (scope: OptionScope, value: string): StyleEntry => ({
  type: 'style',
  scope,
  initial: parseStyle(value) ?? DEFAULT_STYLE,
});
const key = (scope: OptionScope, initial: KeyCode): KeyEntry => ({ type: 'key', scope, initial });
const old = (scope: OptionScope, part: OldEntry['part'], styleName: string): OldEntry => ({
  type: 'old',
  scope,
  part,
  style: styleName,
});

/** Every option of tmate 2.4.0 with its own defaults, in its order, which decides what an abbreviation may mean. */
export const OPTION_TABLE = {
  'buffer-limit': number('server', 1, INT_MAX, 20),
  'default-terminal': text('server', 'screen-256color'),
  'escape-time': number('server', 0, INT_MAX, 500),
  'exit-unattached': flag('server', false),
  'focus-events': flag('server', false),
  'history-file': text('server', ''),
  'message-limit': number('server', 0, INT_MAX, 500),
  quiet: flag('server', false),
  'set-clipboard': flag('server', true),
  'terminal-overrides': text(
    'server',
    'xterm*:XT:Ms=\\E]52;%p1%s;%p2%s\\007:Cs=\\E]12;%p1%s\\007:Cr=\\E]112\\007:Ss=\\E[%p1%d q:Se=\\E[2 q,screen*:XT',
  ),
  'assume-paste-time': number('session', 0, INT_MAX, 1),
  'base-index': number('session', 0, INT_MAX, 0),
  'bell-action': choice('session', ['none', 'any', 'current', 'other'], 'any'),
  'bell-on-alert': flag('session', false),
  'default-command': text('session', ''),
  'default-shell': text('session', '/bin/sh'),
  'destroy-unattached': flag('session', false),
  'detach-on-destroy': flag('session', true),
  'display-panes-active-colour': colour('session', '1'),
  'display-panes-colour': colour('session', '4'),
  'display-panes-time': number('session', 1, INT_MAX, 1000),
  'display-time': number('session', 0, INT_MAX, 750),
  'history-limit': number('session', 0, INT_MAX, 2000),
  'key-table': text('session', 'root'),
  'lock-after-time': number('session', 0, INT_MAX, 0),
  'lock-command': text('session', 'lock -np'),
  'message-attr': old('session', 'attr', 'message-style'),
  'message-bg': old('session', 'bg', 'message-style'),
  'message-command-attr': old('session', 'attr', 'message-command-style'),
  'message-command-bg': old('session', 'bg', 'message-command-style'),
  'message-command-fg': old('session', 'fg', 'message-command-style'),
  'message-command-style': style('session', 'bg=black,fg=yellow'),
  'message-fg': old('session', 'fg', 'message-style'),
  'message-style': style('session', 'bg=yellow,fg=black'),
  mouse: flag('session', false),
  prefix: key('session', 0x02),
  prefix2: key('session', KEY_NONE),
  'renumber-windows': flag('session', false),
  'repeat-time': number('session', 0, SHRT_MAX, 500),
  'set-remain-on-exit': flag('session', false),
  'set-titles': flag('session', false),
  'set-titles-string': text('session', '#S:#I:#W - "#T" #{session_alerts}'),
  status: flag('session', true),
  'status-attr': old('session', 'attr', 'status-style'),
  'status-bg': old('session', 'bg', 'status-style'),
  'status-fg': old('session', 'fg', 'status-style'),
  'status-interval': number('session', 0, INT_MAX, 15),
  'status-justify': choice('session', ['left', 'centre', 'right'], 'left'),
  'status-keys': choice('session', ['emacs', 'vi'], 'emacs'),
  'status-left': text('session', '[#S] '),
  'status-left-attr': old('session', 'attr', 'status-left-style'),
  'status-left-bg': old('session', 'bg', 'status-left-style'),
  'status-left-fg': old('session', 'fg', 'status-left-style'),
  'status-left-length': number('session', 0, SHRT_MAX, 10),
  'status-left-style': style('session', 'default'),
  'status-position': choice('session', ['top', 'bottom'], 'bottom'),
  'status-right': text('session', ' "#{=21:pane_title}" %H:%M %d-%b-%y'),
  'status-right-attr': old('session', 'attr', 'status-right-style'),
  'status-right-bg': old('session', 'bg', 'status-right-style'),
  'status-right-fg': old('session', 'fg', 'status-right-style'),
  'status-right-length': number('session', 0, SHRT_MAX, 40),
  'status-right-style': style('session', 'default'),
  'status-style': style('session', 'bg=green,fg=black'),
  'update-environment': text(
    'session',
    'DISPLAY SSH_ASKPASS SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION WINDOWID XAUTHORITY',
  ),
  'visual-activity': flag('session', false),
  'visual-bell': flag('session', false),
  'visual-silence': flag('session', false),
  'word-separators': text('session', ' -_@'),
  'aggressive-resize': flag('window', false),
  'allow-rename': flag('window', true),
  'alternate-screen': flag('window', true),
  'automatic-rename': flag('window', true),
  'automatic-rename-format': text('window', '#{?pane_in_mode,[tmux],#{pane_current_command}}#{?pane_dead,[dead],}'),
  'clock-mode-colour': colour('window', '4'),
  'clock-mode-style': choice('window', ['12', '24'], '24'),
  'force-height': number('window', 0, INT_MAX, 0),
  'force-width': number('window', 0, INT_MAX, 0),
  'main-pane-height': number('window', 1, INT_MAX, 24),
  'main-pane-width': number('window', 1, INT_MAX, 80),
  'mode-attr': old('window', 'attr', 'mode-style'),
  'mode-bg': old('window', 'bg', 'mode-style'),
  'mode-fg': old('window', 'fg', 'mode-style'),
  'mode-keys': choice('window', ['emacs', 'vi'], 'emacs'),
  'mode-style': style('window', 'bg=yellow,fg=black'),
  'monitor-activity': flag('window', false),
  'monitor-silence': number('window', 0, INT_MAX, 0),
  'other-pane-height': number('window', 0, INT_MAX, 0),
  'other-pane-width': number('window', 0, INT_MAX, 0),
  'pane-active-border-bg': old('window', 'bg', 'pane-active-border-style'),
  'pane-active-border-fg': old('window', 'fg', 'pane-active-border-style'),
  'pane-active-border-style': style('window', 'fg=green'),
  'pane-base-index': number('window', 0, USHRT_MAX, 0),
  'pane-border-bg': old('window', 'bg', 'pane-border-style'),
  'pane-border-fg': old('window', 'fg', 'pane-border-style'),
  'pane-border-style': style('window', 'default'),
  'remain-on-exit': flag('window', false),
  'synchronize-panes': flag('window', false),
  'window-active-style': style('window', 'default'),
  'window-style': style('window', 'default'),
  'window-status-activity-attr': old('window', 'attr', 'window-status-activity-style'),
  'window-status-activity-bg': old('window', 'bg', 'window-status-activity-style'),
  'window-status-activity-fg': old('window', 'fg', 'window-status-activity-style'),
  'window-status-activity-style': style('window', 'reverse'),
  'window-status-attr': old('window', 'attr', 'window-status-style'),
  'window-status-bell-attr': old('window', 'attr', 'window-status-bell-style'),
  'window-status-bell-bg': old('window', 'bg', 'window-status-bell-style'),
  'window-status-bell-fg': old('window', 'fg', 'window-status-bell-style'),
  'window-status-bell-style': style('window', 'reverse'),
  'window-status-bg': old('window', 'bg', 'window-status-style'),
  'window-status-current-attr': old('window', 'attr', 'window-status-current-style'),
  'window-status-current-bg': old('window', 'bg', 'window-status-current-style'),
  'window-status-current-fg': old('window', 'fg', 'window-status-current-style'),
  'window-status-current-format': text('window', '#I:#W#{?window_flags,#{window_flags}, }'),
  'window-status-current-style': style('window', 'default'),
  'window-status-fg': old('window', 'fg', 'window-status-style'),
  'window-status-format': text('window', '#I:#W#{?window_flags,#{window_flags}, }'),
  'window-status-last-attr': old('window', 'attr', 'window-status-last-style'),
  'window-status-last-bg': old('window', 'bg', 'window-status-last-style'),
  'window-status-last-fg': old('window', 'fg', 'window-status-last-style'),
  'window-status-last-style': style('window', 'default'),
  'window-status-separator': text('window', ' '),
  'window-status-style': style('window', 'default'),
  'wrap-search': flag('window', true),
  'xterm-keys': flag('window', false),
  'tmate-identity': text('server', ''),
  'tmate-server-host': text('server', 'ssh.tmate.io'),
  'tmate-server-port': number('server', 1, 65535, 22),
  'tmate-server-dsa-fingerprint': text('server', 'obsolete'),
  'tmate-server-rsa-fingerprint': text('server', 'SHA256:Hthk2T/M/Ivqfk1YYUn5ijC2Att3+UPzD7Rn72P5VWs'),
  'tmate-server-ecdsa-fingerprint': text('server', 'SHA256:8GmKHYHEJ6n0TEdciHeEGkKOigQfCFuBULdt6vZIhDc'),
  'tmate-server-ed25519-fingerprint': text('server', 'SHA256:jfttvoypkHiQYUqUCwKeqd9d1fJj/ZiQlFOHVl6E9sI'),
  'tmate-display-time': number('session', 1, INT_MAX, 15000),
  'tmate-webhook-userdata': text('server', ''),
  'tmate-webhook-url': text('server', ''),
  'tmate-api-key': text('server', ''),
  'tmate-session-name': text('server', ''),
  'tmate-session-name-ro': text('server', ''),
  'tmate-authorized-keys': text('server', ''),
  'tmate-set': text('server', ''),
  'tmate-foreground-restart': number('server', 0, 1, 1),
};

type Table = typeof OPTION_TABLE;
/** The name of a tmux option. */
export type OptionName = keyof Table;
type NamesOf<E> = { [Name in OptionName]: Table[Name] extends E ? Name : never }[OptionName];
/** An option that is a text. */
export type TextOption = NamesOf<TextEntry>;
/** An option that is a number. */
export type NumberOption = NamesOf<NumberEntry>;
/** An option that is on or off. */
export type FlagOption = NamesOf<FlagEntry>;
/** An option with a fixed set of values. */
export type ChoiceOption = NamesOf<ChoiceEntry>;
/** An option that is a colour. */
export type ColourOption = NamesOf<ColourEntry>;
/** An option that is a style. */
export type StyleOption = NamesOf<StyleEntry>;
/** An option that is a key. */
export type KeyOption = NamesOf<KeyEntry>;
/** The values that a choice option can have. */
export type ChoiceOf<Name extends ChoiceOption> = Table[Name] extends ChoiceEntry<infer Choice> ? Choice : never;

/** The table's rows, for those who go through them. */
export const OPTION_ROWS: readonly (readonly [name: OptionName, entry: OptionEntry])[] = Object.entries(
  OPTION_TABLE,
) as [OptionName, OptionEntry][];

/**
 * Finds an option by its name or an unambiguous beginning of it. An exact name wins only over what comes after it in
 * the table, as in tmux.
 */
export function findOption(name: string): { name: OptionName; entry: OptionEntry } | 'unknown' | 'ambiguous' {
  let found: { name: OptionName; entry: OptionEntry } | undefined;
  for (const [candidate, entry] of OPTION_ROWS) {
    if (!candidate.startsWith(name)) continue;
    if (found !== undefined) return 'ambiguous';
    found = { name: candidate, entry };
    if (candidate === name) break;
  }
  return found ?? 'unknown';
}

/** Whether an option is tmate's own: it may hold a secret, and is no joiner's to read or to set. */
export function isTmateOption(name: string): boolean {
  return name.startsWith('tmate-');
}
