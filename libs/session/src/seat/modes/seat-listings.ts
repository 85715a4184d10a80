import {
  expandTimeFormat,
  flagValue,
  formatContext,
  listCommands,
  listKeys,
  showOptions,
  type Command,
  type FormatSession,
  type Parsed,
} from '#tmux';
import { clientContext, type SessionClient } from '../../model/clients.js';
import { paneContext } from '../../model/formats.js';
import type { SessionModel } from '../../model/session-model.js';
import type { Window } from '../../model/windows.js';

const SESSION_FORMAT =
  '#{session_name}: #{session_windows} windows [#{session_width}x#{session_height}]#{?session_attached, (attached),}';
// The protocol carries neither the ids of windows nor their layouts by name.
const WINDOW_FORMAT =
  '#{window_index}: #{window_name}#{window_flags} (#{window_panes} panes) [#{window_width}x#{window_height}]#{?window_active, (active),}';
const PANE_FORMAT =
  '#{pane_index}: [#{pane_width}x#{pane_height}] [history #{history_size}/#{history_limit}] #{pane_id}#{?pane_active, (active),}';

const CLIENT_FORMAT =
  '#{client_tty}: #{session_name} [#{client_width}x#{client_height} #{client_termname}]#{?client_utf8, (utf8),} #{?client_readonly, (ro),}';

/** The lines that a listing command prints at a seat; undefined if it is not a listing command. `messages` are the seat's own. */
export function seatListing(
  command: Command,
  model: SessionModel,
  formats: FormatSession,
  messages: readonly string[],
  clients: readonly SessionClient[],
): Parsed<string[]> | undefined {
  const { mirror, windows } = model;
  const format = (otherwise: string): string => flagValue(command, 'F') ?? otherwise;
  const lines = (value: string[]): Parsed<string[]> => ({ ok: true, value });
  switch (command.name) {
    case 'list-keys':
      return listKeys(mirror, command);
    case 'list-commands':
      return lines(listCommands());
    case 'show-options':
    case 'show-window-options':
      return showOptions(mirror.options, command, { currentWindow: windows.current?.index });
    case 'show-messages':
    case 'server-info':
      return lines([...messages]);
    case 'list-clients':
      return lines(
        clients.map((client, n) =>
          expandTimeFormat(format(CLIENT_FORMAT), clientContext(client, n, formatContext(formats)), formats.now),
        ),
      );
    case 'list-sessions':
      return lines([expand(format(SESSION_FORMAT), formats)]);
    case 'list-windows':
      return lines(
        formats.windows.map((window) =>
          expandTimeFormat(format(WINDOW_FORMAT), formatContext(formats, window), formats.now),
        ),
      );
    case 'list-panes': {
      const all = command.flags['a'] !== undefined || command.flags['s'] !== undefined;
      const listed = windows.list.filter((window) => all || window === windows.current);
      const prefix = all ? '#{window_index}.' : '';
      return lines(listed.flatMap((window) => paneLines(window, model, formats, format(prefix + PANE_FORMAT))));
    }
    default:
      return undefined;
  }
}

function paneLines(window: Window, model: SessionModel, formats: FormatSession, format: string): string[] {
  return window.panes.map((pane) => expandTimeFormat(format, paneContext(model, formats, window, pane), formats.now));
}

function expand(format: string, formats: FormatSession): string {
  const extra = (name: string): string | undefined => (name === 'session_attached' ? '1' : formats.extra?.(name));
  return expandTimeFormat(format, formatContext({ ...formats, extra }), formats.now);
}
