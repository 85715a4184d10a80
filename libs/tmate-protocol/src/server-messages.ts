import type { KeyCode } from './key-codes.js';

/** A text for the host's status line and its `show-messages`. */
export interface NotifyMessage {
  readonly type: 'notify';
  readonly text: string;
}

/** A key for the active pane, in the numbering of clients below protocol 5. */
export interface LegacyPaneKeyMessage {
  readonly type: 'legacy-pane-key';
  readonly key: number;
}

/** The size of the smallest writer, without its status line; -1 and -1 when no joiner limits the size. */
export interface ResizeMessage {
  readonly type: 'resize';
  readonly cols: number;
  readonly rows: number;
}

/** A tmux command line to run, for clients below protocol 6. */
export interface ServerExecCmdStrMessage {
  readonly type: 'exec-cmd-str';
  /** Comes back in FAILED_CMD. */
  readonly clientId: number;
  readonly command: string;
}

/** Makes `#{name}` readable on the host. Clients of protocol 4 and later know it. */
export interface SetEnvMessage {
  readonly type: 'set-env';
  readonly name: string;
  readonly value: string;
}

/** `tmate wait tmate-ready` returns on the host. Clients of protocol 4 and later know it. */
export interface ServerReadyMessage {
  readonly type: 'ready';
}

/** A key for a pane. Clients of protocol 5 and later know it. */
export interface PaneKeyMessage {
  readonly type: 'pane-key';
  /** -1 is the active pane. */
  readonly paneId: number;
  readonly key: KeyCode;
}

/** A tmux command to run. Clients of protocol 6 know it. */
export interface ServerExecCmdMessage {
  readonly type: 'exec-cmd';
  /** Comes back in FAILED_CMD. */
  readonly clientId: number;
  /** The command's name and its arguments. */
  readonly args: readonly string[];
}

/** Everything that the server sends to a host. A text ends at its first NUL there: the stock client uses C strings. */
export type ServerMessage =
  | NotifyMessage
  | LegacyPaneKeyMessage
  | ResizeMessage
  | ServerExecCmdStrMessage
  | SetEnvMessage
  | ServerReadyMessage
  | PaneKeyMessage
  | ServerExecCmdMessage;

/** The names of the server's messages; each stands at the place of its number on the wire. */
export const SERVER_MESSAGE_TYPES = [
  'notify',
  'legacy-pane-key',
  'resize',
  'exec-cmd-str',
  'set-env',
  'ready',
  'pane-key',
  'exec-cmd',
] as const satisfies readonly ServerMessage['type'][];
