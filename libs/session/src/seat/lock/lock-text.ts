import type { CoverText } from '../cover.js';
import type { SignInPlace, UnlockBy } from '../../ports.js';

const TITLE = 'This terminal is locked';
const LEAVE = 'Ctrl-C leaves the session.';

const triesText = (left: number): string => (left === 1 ? '1 more try' : `${left} more tries`);

/** What the cover of a locked terminal says. */
export const LockText = {
  /** In the first moment, in which keys are not taken for an answer. */
  begins: { title: TITLE, lines: [] },
  /** `said`: what became of the last try. */
  password: (said?: string): CoverText => ({
    title: TITLE,
    lines: [...(said === undefined ? [] : [said]), LEAVE, '', 'Password of this session: '],
    asks: true,
  }),
  checking: { title: TITLE, lines: ['Checking the password…'] },
  signIn: (said?: string): CoverText => ({
    title: TITLE,
    lines: [...(said === undefined ? [] : [said, '']), 'Press Enter to sign in and unlock it.', LEAVE],
  }),
  signingIn: ({ link, code, picture }: SignInPlace): CoverText => ({
    title: TITLE,
    lines: [
      `Open ${link} and check that it shows the code ${code}.`,
      'This unlocks by itself once you have signed in.',
      LEAVE,
    ],
    ...(picture && { picture }),
  }),
  beginsSignIn: { title: TITLE, lines: ['One moment…'] },
  rejoin: {
    title: TITLE,
    lines: ['To go on, join again with the same command: it asks what it asked you before.', 'Press Enter to leave.'],
  },
  /** In a browser. */
  rejoinPage: { title: TITLE, lines: ['To go on, load this page again.'] },
  signInPage: { title: TITLE, lines: ['To go on, load this page again and sign in.'] },
  wrong: (left: number) => `Wrong password, ${triesText(left)}.`,
  somebodyElse: (left: number) => `Somebody else has signed in, ${triesText(left)}.`,
  failed: 'That did not work: try again in a moment.',
} as const;

/** What the terminal of somebody says who cannot unlock it, but has to join again. */
export const rejoinText = (by: UnlockBy, transport: 'ssh' | 'web'): CoverText => {
  if (transport === 'ssh') return LockText.rejoin;
  return by === 'sign-in' ? LockText.signInPage : LockText.rejoinPage;
};
