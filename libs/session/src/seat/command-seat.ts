import type { Account, Clock } from '#kernel';
import type { Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import type { SessionClient } from '../model/clients.js';
import type { MouseDrag } from './mouse/seat-mouse.js';
import type { Pause } from '../pause.js';
import type { ParticipantInfo, SeatEnding } from '../ports.js';
import type { SessionModel } from '../model/session-model.js';

/** What a seat lets its commands do. */
export interface CommandSeat {
  readonly info: ParticipantInfo;
  /** Why nobody may type now. */
  readonly pause: Pause;
  readonly clientId: number;
  readonly model: SessionModel;
  readonly clock: Clock;
  /** Counts what is kept only for this seat. */
  readonly account: Account;
  /** Now, in ms since the epoch. */
  readonly now: number;
  /** Everybody who joined at this edge, and which of them this is. */
  readonly clients: readonly SessionClient[];
  readonly clientName: string;
  /** The seat's messages, oldest first. */
  readonly messages: readonly string[];
  message(text: string): void;
  send(message: ServerMessage): void;
  /** Sends a command to the host. */
  exec(...args: readonly string[]): void;
  /** Runs a command on the options and keys that all joiners share; returns what is wrong with it. */
  mirror(command: Command): string | undefined;
  leave(ending: SeatEnding): void;
  /** Locks the session, or unlocks it, if this person may. */
  lockSession(): void;
  /** Locks this terminal. */
  lockTerminal(): void;
  /** Looks the next key up in that table. */
  useKeyTable(table: string): string | undefined;
  repaint(): void;
  /** Puts a text into the clipboard of the joiner's terminal, if the terminal and the host's options allow it. */
  toClipboard(text: string): void;
  /** From now on `drag` follows the seat's mouse, until its button is released. */
  follow(drag: MouseDrag): void;
  /** The mode began, ended, or changed what it draws. */
  redraw(): void;
}
