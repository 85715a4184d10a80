import { renderUnicodeCompact } from 'uqr';

/** Half of a block a module: a wider picture would not fit into a terminal of 80 columns. */
const MOST_COLUMNS = 76;

/** A QR code of an address, in half blocks, line by line; undefined if it would be too wide. */
export function qrLines(address: string): readonly string[] | undefined {
  // The lowest level of correction: a screen has no dirt on it, and the picture stays small.
  const lines = renderUnicodeCompact(address, { ecc: 'L', border: 2 }).split('\n');
  return lines.every((line) => line.length <= MOST_COLUMNS) ? lines : undefined;
}

/** The same as one text. */
export const qrText = (address: string): string | undefined => qrLines(address)?.join('\r\n');

/** What somebody reads who has to sign in. */
export const LoginText = {
  /** Shown before the line that says where, which clients without this text show too. */
  intro: (link: string): string => {
    const why = 'This server asks who you are. Sign in with your browser, which may be on your phone:';
    const picture = qrText(link);
    return picture === undefined ? `\r\n${why}\r\n` : `\r\n${why}\r\n\r\n${picture}\r\n`;
  },
  where: (link: string, code: string): string =>
    `Open ${link} and check that it shows the code ${code}. This continues by itself once you have signed in.`,
  host: (link: string, code: string): string =>
    `This server asks who you are: open ${link} and check that it shows the code ${code}. Sharing begins once you have signed in.`,
  refused: 'Somebody said in the browser that this login is not theirs',
  late: 'Nobody signed in within five minutes: connect again',
  lateAtLock: 'Nobody signed in within five minutes: try again',
  busy: 'Too many people are signing in right now: try again in a moment',
  unavailable: 'Nobody can sign in right now: try again in a moment',
  noProvider: 'This requires you to sign in, but nobody can sign in on this server',
} as const;
