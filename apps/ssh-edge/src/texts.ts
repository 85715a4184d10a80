/** What a joiner who does not get in reads: one sentence, on stderr, and `ssh` ends with 1. */
export const JoinText = {
  notFound: 'Invalid or expired session token',
  closed: (ago: string) => `This session was closed ${ago}`,
  unavailable: 'The session cannot be reached right now, please try again in a moment',
  noTerminal: 'A terminal is needed to join: use ssh -tt',
  noCommands: 'Commands cannot be run here: join without one',
  failed: 'The server made a mistake, please try again',
} as const;

/** `5 minutes ago`, in the largest whole unit. */
export function agoText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'just now';
  const [value, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3600
        ? [Math.floor(seconds / 60), 'minute']
        : [Math.floor(seconds / 3600), 'hour'];
  return `${value} ${unit}${value === 1 ? '' : 's'} ago`;
}
