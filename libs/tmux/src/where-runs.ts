import { COMMANDS, type CommandName } from './command-table.js';
import { parseCommandLine } from './command-line.js';
import { commandArgv, flagValue, type Command } from './commands.js';
import { findModeTable } from './mode-keys.js';
import { findOption, isTmateOption, type OptionName } from './options-table.js';

/**
 * Where a joiner's command runs.
 *
 * - `host`: sent to the host (EXEC_CMD), which runs it without a client. Only commands that are safe there, even with no
 *   terminal attached: nothing that needs a client, or follows a pointer to one.
 * - `seat`: at the seat of the joiner who gave it, and never sent.
 * - `mirror`: on the server's copy of options and keys, so for all joiners; the host's own do not change.
 * - `refused`: nowhere; `reason` is for the joiner's status line.
 */
export type Placement =
  { readonly where: 'host' | 'seat' | 'mirror' } | { readonly where: 'refused'; readonly reason: string };

const HOST: Placement = { where: 'host' };
const SEAT: Placement = { where: 'seat' };
const MIRROR: Placement = { where: 'mirror' };
const refused = (reason: string): Placement => ({ where: 'refused', reason });

/** Commands inside commands (`if-shell`) are followed this far. */
const MAX_DEPTH = 8;

type Rule = Placement | ((command: Command, depth: number) => Placement);

/** The host prints these only for a client: without one, it prints nothing. */
const HOST_ONLY_LIST = refused('only the host can list that: run it in a shell, with tmate in front');
/** tmate 2.4.0 follows the client's session here without looking whether there is a client, and dies. */
const NEEDS_CLIENT = refused('not possible from here: run it in a shell, with tmate in front');

/** Every command's place. */
const RULES: Readonly<Record<CommandName, Rule>> = {
  'attach-session': SEAT,
  'bind-key': keysPlace,
  'break-pane': HOST,
  'capture-pane': HOST,
  'choose-buffer': HOST_ONLY_LIST,
  'choose-client': SEAT,
  'choose-session': SEAT,
  'choose-tree': SEAT,
  'choose-window': SEAT,
  'clear-history': HOST,
  'clock-mode': SEAT,
  'command-prompt': SEAT,
  'confirm-before': SEAT,
  'copy-mode': seatWith('M'),
  'delete-buffer': HOST,
  // With a target it would detach the host's own terminals.
  'detach-client': (command) =>
    ['a', 's', 't'].some((letter) => command.flags[letter] !== undefined)
      ? refused('joiners can detach only themselves')
      : SEAT,
  'display-message': SEAT,
  'display-panes': SEAT,
  'find-window': SEAT,
  'has-session': HOST,
  'if-shell': conditionPlace,
  'join-pane': HOST,
  'kill-pane': HOST,
  'kill-server': HOST,
  'kill-session': HOST,
  'kill-window': HOST,
  'last-pane': HOST,
  'last-window': HOST,
  'link-window': HOST,
  'list-buffers': HOST_ONLY_LIST,
  'list-clients': SEAT,
  'list-commands': SEAT,
  'list-keys': SEAT,
  'list-panes': SEAT,
  'list-sessions': SEAT,
  'list-windows': SEAT,
  'load-buffer': NEEDS_CLIENT,
  'lock-client': (command) =>
    command.flags['t'] === undefined ? SEAT : refused('joiners can lock only their own terminal'),
  // tmux locks every terminal; those of others are not a joiner's to lock.
  'lock-server': SEAT,
  // For moderators, and of the session, not of a terminal.
  'lock-session': SEAT,
  'move-pane': HOST,
  'move-window': HOST,
  // A second session would be one that the protocol cannot show.
  'new-session': refused('a shared terminal has one session'),
  'new-window': HOST,
  'next-layout': HOST,
  'next-window': HOST,
  'paste-buffer': HOST,
  'pipe-pane': HOST,
  'previous-layout': HOST,
  'previous-window': HOST,
  'refresh-client': SEAT,
  'rename-session': HOST,
  'rename-window': HOST,
  'resize-pane': seatWith('M'),
  'respawn-pane': HOST,
  'respawn-window': HOST,
  'rotate-window': HOST,
  'run-shell': HOST,
  'save-buffer': NEEDS_CLIENT,
  'select-layout': HOST,
  'select-pane': HOST,
  'select-window': HOST,
  'send-keys': seatWith('M'),
  // The prefix is that of the joiner's own keys; the key goes to the pane as any other.
  'send-prefix': (command) => (command.flags['t'] === undefined ? SEAT : HOST),
  'server-info': SEAT,
  'set-buffer': HOST,
  'set-environment': HOST,
  'set-hook': (command, depth) => carriedPlace(command, command.args.slice(1), depth),
  'set-option': optionPlace,
  'set-window-option': optionPlace,
  'show-buffer': HOST_ONLY_LIST,
  'show-environment': HOST_ONLY_LIST,
  'show-hooks': HOST_ONLY_LIST,
  'show-messages': SEAT,
  'show-options': SEAT,
  'show-window-options': SEAT,
  'source-file': HOST,
  'split-window': HOST,
  'start-server': SEAT,
  'suspend-client': refused('only the host can suspend its terminal'),
  'swap-pane': HOST,
  'swap-window': HOST,
  'switch-client': switchPlace,
  'unbind-key': keysPlace,
  'unlink-window': HOST,
  'wait-for': HOST,
};

/** Says where a joiner's command is done. One with the mouse as its target is the seat's, which knows where it was. */
export function whereRuns(command: Command): Placement {
  return place(command, 0);
}

function place(command: Command, depth: number): Placement {
  if (!Object.hasOwn(RULES, command.name)) return refused(`unknown command: ${command.name}`);
  const rule = RULES[command.name as CommandName];
  const placement = typeof rule === 'function' ? rule(command, depth) : rule;
  return placement.where === 'host' && hasMouseTarget(command) ? SEAT : placement;
}

/** A mouse drag continues at the seat where it began. */
function seatWith(letter: string): Rule {
  return (command) => (command.flags[letter] === undefined ? HOST : SEAT);
}

/** Copy mode runs at the host, so its keys are the host's; all others are read on the server. */
function keysPlace(command: Command): Placement {
  return findModeTable(flagValue(command, 't') ?? '')?.endsWith('-copy') === true ? HOST : MIRROR;
}

/** A joiner is in one session: there is no other one to switch to. */
function switchPlace({ flags }: Command): Placement {
  if (flags['r'] !== undefined) return refused('only the host can change what a joiner may do');
  if (flags['T'] !== undefined) return SEAT;
  if (flags['n'] !== undefined) return refused("can't find next session");
  if (flags['p'] !== undefined) return refused("can't find previous session");
  return flags['l'] === undefined ? SEAT : refused("can't find last session");
}

/** Options that decide what a joiner sees and how their keys are read. All others have an effect only at the host. */
const JOINERS_OPTIONS: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(['assume-paste-time', 'escape-time', 'key-table', 'mouse', 'prefix', 'prefix2', 'repeat-time'] as const),
  ...(['display-panes-active-colour', 'display-panes-colour', 'display-panes-time', 'display-time'] as const),
  ...(['message-limit', 'set-titles', 'set-titles-string', 'clock-mode-colour', 'clock-mode-style'] as const),
  ...(['window-active-style', 'window-style', 'pane-base-index', 'mode-style'] as const),
]);
const JOINERS_FAMILIES = /^(status|message-|mode-(attr|bg|fg)|window-status-|pane-(active-)?border-)/;

/** The host replicates what is set there, so that an option set at the host reaches the mirror too. */
function optionPlace(command: Command): Placement {
  const option = findOption(command.args[0] ?? '');
  // What is no option is the mirror's to complain of.
  if (typeof option === 'string') return MIRROR;
  if (isTmateOption(option.name)) return refused("tmate's own options are the host's");
  return JOINERS_OPTIONS.has(option.name) || JOINERS_FAMILIES.test(option.name) ? MIRROR : HOST;
}

/** With `-F` no shell is asked: where the host could not run what follows, the seat does it all. */
function conditionPlace(command: Command, depth: number): Placement {
  const carried = carriedPlace(command, command.args.slice(1), depth);
  return carried.where === 'refused' && command.flags['F'] !== undefined ? SEAT : carried;
}

/** A command that carries others to the host must carry none that the host cannot run. */
function carriedPlace(command: Command, lines: readonly string[], depth: number): Placement {
  if (depth >= MAX_DEPTH) return refused('commands nested too deep');
  for (const line of lines) {
    const inner = parseCommandLine(line);
    if (!inner.ok) return refused(inner.error);
    for (const carried of inner.value) {
      const { where } = place(carried, depth + 1);
      if (where === 'seat' || where === 'refused')
        return refused(`${command.name} cannot run ${carried.name} from here`);
    }
  }
  return HOST;
}

const isMouseTarget = (target: string | undefined): boolean => target === '=' || target === '{mouse}';

/** Whether a command acts where the mouse is (`-t=`), which only the seat knows. */
export function hasMouseTarget(command: Command): boolean {
  return isMouseTarget(flagValue(command, 't')) || isMouseTarget(flagValue(command, 's'));
}

/** Puts the pane (by id) or the window (by index) where the mouse was in place of a mouse target. */
export function aimAtMouse(command: Command, at: { readonly pane?: number; readonly window: number }): Command {
  const flags: Record<string, string | true> = { ...command.flags };
  const usage = COMMANDS.find((entry) => entry.name === command.name)?.usage ?? '';
  const pane = /-pane\]/.test(usage) && at.pane !== undefined ? `%${at.pane}` : undefined;
  for (const letter of ['t', 's']) {
    if (isMouseTarget(flagValue(command, letter))) flags[letter] = pane ?? `:=${at.window}`;
  }
  return { ...command, flags };
}

/**
 * The words to send to the host for a command (EXEC_CMD). A command with something that only the host can fill in (`~`,
 * `$HOME`) goes inside an `if-shell -F 1`, so that the host parses the line itself.
 */
export function hostArgv(command: Command): string[] {
  return command.source === undefined ? commandArgv(command) : ['if-shell', '-F', '1', command.source];
}

/** Commands that show something at the seat of who gives them, and need nothing of the host for it. */
const SHOWING: ReadonlySet<string> = new Set<CommandName>([
  ...(['choose-client', 'choose-session', 'choose-tree', 'choose-window', 'clock-mode'] as const),
  ...(['display-message', 'display-panes', 'list-commands', 'list-keys', 'list-panes', 'list-sessions'] as const),
  ...(['list-windows', 'refresh-client', 'server-info', 'show-messages', 'show-options'] as const),
  ...(['show-window-options'] as const),
]);

/**
 * Whether a reader may use all of these: commands that act only on their own connection, or show something there. Anything that
 * is chosen from a list, or typed at a prompt, is a command again and is checked separately.
 */
export function readersMayRun(commands: readonly Command[]): boolean {
  return commands.every((command) => {
    const { name } = command;
    // Whether they may is not a question of typing.
    if (SHOWING.has(name) || name.startsWith('lock-')) return true;
    // Its own prompt for any command; one that asks for a new name or number at the host would have no effect.
    if (name === 'command-prompt') return command.args.length === 0;
    // A reader looks through the history in a separate copy mode.
    if (name === 'copy-mode') return command.flags['M'] === undefined;
    return COMMANDS.find((entry) => entry.name === name)?.readonly === true;
  });
}
