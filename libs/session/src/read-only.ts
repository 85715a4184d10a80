import type { Role } from '#kernel';
import { readersMayRun, type Command } from '#tmux';

// Where a reader is prevented from typing. Each of these checks by itself, at the moment when something is typed:
// - the seat (`seat/seat-keys.ts`, `seat/seat-commands.ts`), which tells the reader;
// - the room (`room/room.ts`), before anything leaves it;
// - the home (`home/remote-joiners.ts`), for what comes from other edges, which it does not trust.

/** Whether what somebody with this role types, pastes or commands may reach the host. */
export const mayType = (role: Role): boolean => role === 'writer';

/** Whether somebody with this role may run these commands; those that only look are a reader's, too. */
export const mayRun = (role: Role, commands: readonly Command[]): boolean => mayType(role) || readersMayRun(commands);

/** What a reader reads who tries it. */
export const ReadOnlyText = {
  typed: 'You are read-only: what you type is discarded',
  command: 'You are read-only: only people who may type can do that',
  /** Somebody is a reader from now on. */
  made: 'An operator made you read-only: what you type is discarded',
} as const;
