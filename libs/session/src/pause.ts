import type { Command } from '#tmux';

/**
 * What keeps everybody but the host from typing: no moderator is in a session that needs one, or the session is locked. `hidden`: it is
 * locked, and nobody sees it either.
 */
export const PAUSES = ['open', 'unmoderated', 'locked', 'hidden'] as const;
export type Pause = (typeof PAUSES)[number];

/** The line that people see for as long as a session is paused. */
export const PAUSE_NOTICE: Readonly<Record<Pause, string | undefined>> = {
  open: undefined,
  unmoderated: 'No moderator is in this session: nobody may type until one joins',
  locked: 'This session is locked: nobody may type until it is unlocked',
  hidden: 'This session is locked: nobody may type or watch until it is unlocked',
};

/** What people, and the host, read about a lock. */
export const PauseText = {
  over: 'You may type again',
  typed: 'What you type is discarded: this session is paused',
  command: 'That is not possible while this session is paused',
  notYours: 'Only the host or a moderator can lock this session',
  /** For the host. */
  unmoderated: 'No moderator is in the session: your mates cannot type until one joins',
  moderated: 'A moderator is in the session: your mates may type',
  lockedBy: (who: string, pause: Pause) =>
    pause === 'hidden'
      ? `${who} locked this session: your mates can neither type nor watch`
      : `${who} locked this session: your mates cannot type`,
  unlockedBy: (who: string) => `${who} unlocked this session`,
} as const;

/** What people may do while they do not see the session: leave, and what a moderator needs to unlock it. */
const WHILE_HIDDEN: ReadonlySet<string> = new Set([
  'attach-session',
  'command-prompt',
  'detach-client',
  'lock-client',
  'lock-server',
  'lock-session',
  'refresh-client',
]);

/** Whether somebody may run these commands without seeing the session. */
export const mayRunHidden = (commands: readonly Command[]): boolean =>
  commands.every(({ name, args }) => WHILE_HIDDEN.has(name) && (name !== 'command-prompt' || args.length === 0));
