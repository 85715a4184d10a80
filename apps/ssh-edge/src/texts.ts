/** What a joiner who does not get in reads: one sentence, on stderr, and `ssh` ends with 1. */
export const JoinText = {
  notFound: 'Invalid or expired session token',
  closed: (ago: string) => `This session was closed ${ago}`,
  unavailable: 'The session cannot be reached right now, please try again in a moment',
  noTerminal: 'A terminal is needed to join: use ssh -tt',
  noCommands: 'Commands cannot be run here: join without one',
  failed: 'The server made a mistake, please try again',
} as const;
