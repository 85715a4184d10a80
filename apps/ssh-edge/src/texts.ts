import { durationText } from '#kernel';
import type { TooMany } from '#edge';
import type { Decision, NotAdmitted } from '#session';

const TOO_MANY: Readonly<Record<TooMany['from'], string>> = {
  address: 'Too many wrong tokens or passwords came from your address',
  everywhere: 'The server is receiving too many wrong tokens and passwords',
  busy: 'Too many passwords are being checked right now',
};

/** What a joiner who does not get in reads: one sentence, on stderr, and `ssh` ends with 1. */
export const JoinText = {
  notFound: 'Invalid or expired session token',
  closed: (ago: string) => `This session was closed ${ago}`,
  unavailable: 'The session cannot be reached right now, please try again in a moment',
  noTerminal: 'You need a terminal to join: use ssh -tt',
  dumbTerminal: 'Your terminal says that it cannot move its cursor (TERM=dumb): join from another one',
  noCommands: 'This server does not run commands: join without one',
  tooMany: ({ from, retryAfterMs }: TooMany) => `${TOO_MANY[from]}: try again in ${durationText(retryAfterMs)}`,
  password: 'Password of this session: ',
  wrongPassword: (left: number) =>
    `Wrong password, ${left} more ${left === 1 ? 'try' : 'tries'}. Password of this session: `,
  noMorePasswords: 'Wrong password, and no tries left.',
  waiting: 'Waiting for the host to let you in. Press Ctrl-C to leave.',
  failed: 'Internal server error, please try again',
} as const;

/** What somebody reads whom the session does not take. SSH asks for keys and passwords only once, before the session is joined. */
export function notAdmittedText({ reason, message }: NotAdmitted): string {
  switch (reason) {
    case 'key-required':
    case 'key-unknown':
      return 'This session now requires an SSH key: connect again to offer yours';
    case 'password':
      return 'This session got a password after you connected: connect again to enter it';
    default:
      return message;
  }
}

/** What a host or moderator reads who says by ssh who may come in. */
export const DECISION_TEXT: Readonly<Record<Decision, string>> = {
  admitted: 'They were let in.',
  refused: 'They were refused.',
  full: 'The session is full: they are still waiting.',
  unknown: 'Nobody with that ID is waiting: they were already let in or refused, or have left.',
  agreed: 'You have agreed. Others must agree, too, before they are let in.',
  again: 'You have agreed already: somebody else must agree, too.',
  own: 'You cannot agree to your own request.',
};
