import type { CopyMode } from './copy-mode.js';
import type { Layout } from './layout.js';
import type { SnapshotPane } from './snapshot.js';

/** The version of the protocol that this library speaks; clients of older ones are understood. */
export const PROTOCOL_VERSION = 6;

/** Opens the conversation. */
export interface HeaderMessage {
  readonly type: 'header';
  readonly protocolVersion: number;
  /** Such as `2.4.0`; clients of protocols 1 and 2 did not say. */
  readonly clientVersion: string | undefined;
}

/** All windows and panes. */
export interface SyncLayoutMessage {
  readonly type: 'sync-layout';
  readonly layout: Layout;
}

/** What a pane's program wrote: raw bytes, cut anywhere, 16 KiB at most from the stock client. */
export interface PtyDataMessage {
  readonly type: 'pty-data';
  readonly paneId: number;
  /** A view of the decoder's input: valid during the call that delivers it; copy what must outlive it. */
  readonly data: Uint8Array;
}

/** A tmux command line to be taken over, from clients of a protocol below 6. */
export interface HostExecCmdStrMessage {
  readonly type: 'exec-cmd-str';
  readonly command: string;
}

/** A command that a joiner's keys ran on the host failed. */
export interface FailedCmdMessage {
  readonly type: 'failed-cmd';
  /** The id that the server gave with the command. */
  readonly clientId: number;
  readonly cause: string;
}

/** Both ends of the status line: expanded, still with `#[style]` markers. Sent while a terminal is attached at the host. */
export interface StatusMessage {
  readonly type: 'status';
  readonly left: string;
  readonly right: string;
}

/** A pane's copy mode began, changed or ended. */
export interface SyncCopyModeMessage {
  readonly type: 'sync-copy-mode';
  readonly paneId: number;
  /** Undefined when the mode ended, and for a pane that was in none. */
  readonly copyMode: CopyMode | undefined;
}

/** One more line of a text view; the first one puts the pane into copy mode. */
export interface WriteCopyModeMessage {
  readonly type: 'write-copy-mode';
  readonly paneId: number;
  readonly text: string;
}

/** The session ended for good. */
export interface FinMessage {
  readonly type: 'fin';
}

/** Options, keys and authorized keys have all been sent. */
export interface HostReadyMessage {
  readonly type: 'ready';
}

/** The host had a session before; `data` is what the server gave it as `tmate_reconnection_data`. A secret. */
export interface ReconnectMessage {
  readonly type: 'reconnect';
  readonly data: string;
}

/** What all panes show, after a reconnection. */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly panes: readonly SnapshotPane[];
}

/** A tmux command to be taken over: `bind-key`, `unbind-key`, `set-option`, `set-window-option`. */
export interface HostExecCmdMessage {
  readonly type: 'exec-cmd';
  /** The command's name and its arguments; a flag's value is glued to it (`-pindex`) or the next argument. */
  readonly args: readonly string[];
}

/** The host's system. */
export interface UnameMessage {
  readonly type: 'uname';
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
}

/** Everything that a host sends to the server. */
export type HostMessage =
  | HeaderMessage
  | SyncLayoutMessage
  | PtyDataMessage
  | HostExecCmdStrMessage
  | FailedCmdMessage
  | StatusMessage
  | SyncCopyModeMessage
  | WriteCopyModeMessage
  | FinMessage
  | HostReadyMessage
  | ReconnectMessage
  | SnapshotMessage
  | HostExecCmdMessage
  | UnameMessage;

/** The names of the host's messages; each stands at the place of its number on the wire. */
export const HOST_MESSAGE_TYPES = [
  'header',
  'sync-layout',
  'pty-data',
  'exec-cmd-str',
  'failed-cmd',
  'status',
  'sync-copy-mode',
  'write-copy-mode',
  'fin',
  'ready',
  'reconnect',
  'snapshot',
  'exec-cmd',
  'uname',
] as const satisfies readonly HostMessage['type'][];
