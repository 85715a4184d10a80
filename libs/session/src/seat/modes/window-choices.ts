import { rowText } from '#screen';
import { expandTimeFormat, fillTemplate, flagValue, formatContext, type Command, type FormatSession } from '#tmux';
import { clientContext, type SessionClient } from '../../model/clients.js';
import type { SessionModel } from '../../model/session-model.js';
import type { Window } from '../../model/windows.js';
import type { Choice } from './choice-list.js';

const WINDOW_FORMAT = '#{window_index}: #{window_name}#{window_flags} "#{pane_title}"';
const SESSION_FORMAT = '#{session_name}: #{session_windows} windows#{?session_attached, (attached),}';
const FOUND_FORMAT =
  '#{window_index}: #{window_name} [#{window_width}x#{window_height}] (#{window_panes} panes) #{window_find_matches}';
const CLIENT_FORMAT =
  '#{client_tty}: #{session_name} [#{client_width}x#{client_height} #{client_termname}]#{?client_utf8, (utf8),}#{?client_readonly, (ro),} (last used #{t:client_activity})';
const CLIENT_ACTION = "detach-client -t '%%'";
const WINDOW_ACTION = "select-window -t '%%'";
const SESSION_ACTION = "switch-client -t '%%'";

/** A list to choose from. */
export interface Choices {
  readonly items: readonly Choice[];
  readonly selected: number;
  readonly expanded: boolean;
}

/** The list of `choose-window`, `choose-session` or `choose-tree`; `run` runs the command line of the chosen item. */
export function windowChoices(command: Command, formats: FormatSession, run: (line: string) => void): Choices {
  const tree = command.name === 'choose-tree';
  const both = tree && (command.flags['s'] === undefined) === (command.flags['w'] === undefined);
  const sessions = both || command.name === 'choose-session' || (tree && command.flags['s'] !== undefined);
  const windows = both || !sessions;
  const option = (inTree: string, alone: string, otherwise: string): string =>
    flagValue(command, tree ? inTree : alone) ?? otherwise;
  const action = tree ? undefined : command.args[0];

  const sessionLine = fillTemplate((tree ? flagValue(command, 'b') : action) ?? SESSION_ACTION, formats.sessionName, 1);
  const session: Choice = {
    text: expand(option('S', 'F', SESSION_FORMAT), formats),
    head: true,
    choose: () => run(sessionLine),
  };
  const windowAction = (tree ? flagValue(command, 'c') : action) ?? WINDOW_ACTION;
  const format = option('W', 'F', WINDOW_FORMAT);
  const items = formats.windows.map((window, n): Choice => {
    const branch = both ? ` ${n === formats.windows.length - 1 ? '└' : '├'}─> ` : '';
    return {
      text: branch + expand(format, formats, window.index),
      alert: window.bell === true,
      choose: () => run(fillTemplate(windowAction, `:${window.index}`, 1)),
    };
  });
  const current = formats.windows.findIndex(({ index }) => index === formats.currentIndex);
  return {
    items: [...(sessions ? [session] : []), ...(windows ? items : [])],
    selected: windows ? Math.max(0, current) + (sessions ? 1 : 0) : 0,
    expanded: command.flags['u'] !== undefined,
  };
}

/** The list of `choose-client`: everyone who joined at this edge, including this joiner. */
export function clientChoices(
  command: Command,
  clients: readonly SessionClient[],
  formats: FormatSession,
  run: (line: string) => void,
): Choice[] {
  const template = command.args[0] ?? CLIENT_ACTION;
  return clients.map((client, n) => {
    const context = clientContext(client, n, formatContext(formats));
    return {
      text: expandTimeFormat(flagValue(command, 'F') ?? CLIENT_FORMAT, context, formats.now),
      choose: () => run(fillTemplate(template, client.name, 1)),
    };
  });
}

/** The windows that a `find-window` finds, by name, title or content of a pane. */
export function foundWindows(
  command: Command,
  model: SessionModel,
  formats: FormatSession,
  run: (line: string) => void,
): Choice[] {
  const wanted = command.args[0] ?? '';
  const { C: content, N: names, T: titles } = command.flags;
  const all = content === undefined && names === undefined && titles === undefined;
  const by = {
    content: all || content !== undefined,
    names: all || names !== undefined,
    titles: all || titles !== undefined,
  };
  return model.windows.list.flatMap((window) => {
    const match = matchOf(window, wanted, by);
    if (match === undefined) return [];
    const extra = (name: string): string | undefined =>
      name === 'window_find_matches' ? match : formats.extra?.(name);
    return [
      {
        text: expand(flagValue(command, 'F') ?? FOUND_FORMAT, { ...formats, extra }, window.index),
        choose: () => run(`select-window -t :${window.index}`),
      },
    ];
  });
}

/** Where the text was found in a window, in tmux's words; empty if it is in the name. */
function matchOf(
  { name, panes }: Window,
  wanted: string,
  by: { readonly content: boolean; readonly names: boolean; readonly titles: boolean },
): string | undefined {
  if (by.names && name.includes(wanted)) return '';
  for (const [n, pane] of panes.entries()) {
    if (by.titles && pane.title.includes(wanted)) return `pane ${n} title: "${pane.title}"`;
    for (let y = 0; by.content && y < pane.rect.rows; y++) {
      const row = pane.terminal.line(y);
      const text = row === undefined ? '' : rowText(row);
      if (text.includes(wanted)) return `pane ${n} line ${y + 1}: "${text}"`;
    }
  }
  return undefined;
}

function expand(format: string, formats: FormatSession, index?: number): string {
  const window = formats.windows.find((known) => known.index === index);
  const attached = (name: string): string | undefined => (name === 'session_attached' ? '1' : formats.extra?.(name));
  return expandTimeFormat(format, formatContext({ ...formats, extra: attached }, window), formats.now);
}
