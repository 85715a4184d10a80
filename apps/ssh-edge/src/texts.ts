import { durationText } from '#kernel';
import type { TooMany } from '#edge';
import type { Decision, NotAdmitted } from '#session';

const TOO_MANY: Readonly<Record<TooMany['from'], string>> = {
  address: 'Too many wrong tokens or passwords came from your address',
  everywhere: 'Too many wrong tokens and passwords come from everywhere',
  busy: 'Too many passwords are being tried',
};

/** What a joiner who does not get in reads: one sentence, on stderr, and `ssh` ends with 1. */
export const JoinText = {
  notFound: 'Invalid or expired session token',
  closed: (ago: string) => `This session was closed ${ago}`,
  unavailable: 'The session cannot be reached right now, please try again in a moment',
  noTerminal: 'A terminal is needed to join: use ssh -tt',
  noCommands: 'Commands cannot be run here: join without one',
  tooMany: ({ from, retryAfterMs }: TooMany) => `${TOO_MANY[from]}: try again in ${durationText(retryAfterMs)}`,
  password: 'Password of this session: ',
  wrongPassword: (left: number) =>
    `Not the password, ${left} more ${left === 1 ? 'try' : 'tries'}. Password of this session: `,
  noMorePasswords: 'That was not the password either.',
  waiting: 'Waiting for the host to let you in. Ctrl-C leaves.',
  failed: 'The server made a mistake, please try again',
} as const;

/** What somebody reads whom the session does not take. SSH asks for keys and passwords only once, before the session is joined. */
export function notAdmittedText({ reason, message }: NotAdmitted): string {
  switch (reason) {
    case 'key-required':
    case 'key-unknown':
      return 'This session asks for an SSH key now: connect again to show yours';
    case 'password':
      return 'The password of this session was set after you connected: connect again to give it';
    default:
      return message;
  }
}

/** What a host reads that says by ssh who may come in. */
export const DECISION_TEXT: Readonly<Record<Decision, string>> = {
  admitted: 'They are let in.',
  refused: 'They are refused.',
  full: 'As many as you allow are in the session: they wait on.',
  unknown: 'Nobody waits by that name: they were let in or refused already, or have gone.',
};
