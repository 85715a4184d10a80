import { refusalText, type SessionLock } from '#access';
import { countdown, durationText, type Role } from '#kernel';
import type { Agreement, ParticipantInfo, SeatEnding } from './ports.js';

/**
 * What hosts and joiners read. The host's texts are those that tmate's users and their scripts know; the rest is plain.
 */
export const HostText = {
  hostPage: "your page to manage this session, not for your mates: tmate display -p '#{tmate_host_page}'",
  clearBeforeReadOnly: 'Note: clear your terminal before sharing readonly access',
  sshReadOnly: (command: string) => `ssh session read only: ${command}`,
  ssh: (command: string) => `ssh session: ${command}`,
  webReadOnly: (url: string) => `web session read only: ${url}`,
  web: (url: string) => `web session: ${url}`,
  reconnected: 'Reconnected',
  cannotReconnect: "Your tmate's reconnection data is not valid on this server",
  dataExpired: "Your tmate's reconnection data has expired",
  joined: (who: string, clients: number) =>
    `A mate has joined (${who}) -- ${clients} client${clients === 1 ? '' : 's'} currently connected`,
  left: (who: string, clients: number) =>
    `A mate has left (${who}) -- ${clients} client${clients === 1 ? '' : 's'} currently connected`,
} as const;

/** The last line in a joiner's terminal. */
export const ENDING_TEXT: Readonly<Record<SeatEnding, string>> = {
  detached: '[detached]',
  ended: '[the host ended the session]',
  lost: '[the host did not come back, so the session was closed]',
  replaced: '[the host has started a new session; join it by its name]',
  closed: '[an operator closed the session]',
  'time-over': '[the session reached the time limit that the host set]',
  idle: '[the session was idle for longer than the host allows]',
  kicked: '[you were removed from this session]',
  locked: '[the operator of this server has locked you out]',
  'sign-in-required': '[you must sign in again to stay in this session]',
  'not-allowed': '[you are no longer allowed in this session]',
  'address-not-allowed': '[you are not allowed in this session from your address]',
  'outside-hours': '[the hours in which this session admits people are over]',
  invitation: '[your invitation to this session has ended]',
  'token-only': '[the link alone no longer admits you to this session]',
  'over-limit': '[you exceeded a limit of this server]',
  fault: '[a server error ended the session]',
  shutdown: '[the server is stopping; join again with the same command]',
  'not-unlocked': '[your terminal was locked: join again with the same command]',
  'bad-input': '[your terminal sent invalid data]',
};

/** The same; `why`: somebody's own words for it. */
export const endingText = (ending: SeatEnding, why = ''): string =>
  why === '' ? ENDING_TEXT[ending] : `${ENDING_TEXT[ending].slice(0, -1)}: ${why}]`;

/** The status of a joiner's `ssh`: 0 where the stay ended as it should, 1 where something failed. */
export const ENDING_EXIT_STATUS: Readonly<Record<SeatEnding, number>> = {
  detached: 0,
  ended: 0,
  lost: 1,
  replaced: 1,
  closed: 1,
  'time-over': 0,
  idle: 0,
  kicked: 1,
  locked: 1,
  'sign-in-required': 1,
  'not-allowed': 1,
  'address-not-allowed': 1,
  'outside-hours': 1,
  'token-only': 1,
  invitation: 1,
  'over-limit': 1,
  fault: 1,
  shutdown: 1,
  'not-unlocked': 1,
  'bad-input': 1,
};

/** What a joiner at another edge than the session's home may read. */
export const RelayText = {
  behind: 'The host is reconnecting…',
  lost: 'What you typed did not reach the host',
  perhapsLost: 'The host moved while you were typing: check that everything arrived',
  doubtful: 'The host lost its connection: check that everything you typed arrived',
  silent: 'The host is not responding. What you type is kept for 30 seconds',
  tooMuch: 'Too much input is waiting for the host: the rest was not sent',
  tooLarge: 'That is too long to send to the host',
  notSent: 'The host cannot be reached: what you typed was not sent',
} as const;

/** What joiners see while a lost host is waited for. */
export const waitingText = (leftMs: number): string =>
  `The host lost its connection. Waiting for it to come back: ${countdown(leftMs)} left. To leave, press the prefix key, then d.`;

/** What a host that asks for names may read (`tmate -n`). */
export const NameText = {
  notHere: 'This server does not support named sessions: you have random tokens',
  needKey: 'A named session needs an API key: tmate -k KEY -n NAME. You have random tokens',
  badKey: 'The API key is not valid: you have random tokens',
  later: 'Names are not available right now: you have random tokens. You will be notified when you get the names',
  refused: 'The names were refused: you have random tokens',
  taken: (name: string, holder: { address: string; heldMs: number; leftMs: number | undefined }) => {
    const left =
      holder.leftMs === undefined ? '' : `, which is disconnected and keeps it for ${durationText(holder.leftMs)}`;
    const who = `a session from ${holder.address}, for ${durationText(holder.heldMs)}${left}`;
    return `The name ${name} is held by ${who}: you have a random token`;
  },
  guessable: (name: string) => `Anyone who guesses ${name} can join. To admit only certain SSH keys: tmate -a FILE`,
  lost: (name: string) => `This session no longer has the name ${name}`,
} as const;

/** `ann@example.org, 192.0.2.9`: who somebody is, if they proved it, and where they come from. */
export const nameAndAddress = ({ name, address }: Pick<ParticipantInfo, 'name' | 'address'>): string =>
  name === undefined ? address : `${name}, ${address}`;

/** What a name is worth: who says so. */
function proofText({ provider, proved }: ParticipantInfo): string {
  if (proved === undefined) return '';
  return proved === 'invitation' ? 'by invitation, ' : `signed in at ${String(provider)}, `;
}

const whoText = (who: ParticipantInfo): string => {
  const { transport, role, key, certificate } = who;
  const certified = certificate === undefined ? '' : ` and certificate ${certificate}`;
  const bySsh = key === undefined ? 'by ssh without a key' : `by ssh with key ${key}${certified}`;
  const by = transport === 'web' ? 'by browser' : bySsh;
  return `${nameAndAddress(who)} (${proofText(who)}${by}, to ${role === 'writer' ? 'type' : 'look'})`;
};

/** Texts about joiners who need the host's approval. */
export const AdmissionText = {
  asks: (who: ParticipantInfo) => `${whoText(who)} asks to join`,
  toLetIn: (command: string) => `To let them in: ${command}`,
  toRefuse: (command: string) => `To refuse them: ${command}`,
  /** On the line of a moderator's terminal; the commands are in the list of messages. */
  asksModerator: (who: ParticipantInfo) =>
    `${nameAndAddress(who)} asks to join: the command show-messages shows how to answer`,
  agreed: (who: ParticipantInfo, { agreed, needed }: Agreement) =>
    `${whoText(who)}: ${agreed.length} of ${needed} people have agreed (${agreed.join(', ')})`,
  letIn: (who: ParticipantInfo) => `${whoText(who)} was let in`,
  refused: (who: ParticipantInfo) => `${whoText(who)} was refused`,
  left: (who: ParticipantInfo) => `${whoText(who)} stopped waiting`,
  tooLate: (who: ParticipantInfo) => `${whoText(who)} waited for too long`,
} as const;

/** What those read whom nothing but the host, or the number of joiners, is against. */
export const ADMISSION_REFUSED = {
  full: refusalText({ reason: 'full' }),
  refused: 'The host did not let you in',
  unanswered: 'The host did not answer: ask them, and join again',
  crowded: 'Too many people are waiting to be let in: try again in a few minutes',
} as const;

/** What the host reads when its session ends by what it set itself. */
export const OVER_TEXT = {
  'time-over':
    'This session reached the time limit that you set. Your mates are disconnected, and its tokens no longer work',
  idle: 'The session was idle for as long as you set. Your mates are disconnected, and its tokens no longer work',
} as const;

/** What a host reads of what it orders about the people of its session. */
export const OrderText = {
  sentAway: (who: string, may: 'nothing' | 'look', howLong: string) =>
    may === 'nothing' ? `${who} is banned ${howLong}` : `${who} may only watch ${howLong}`,
  lifted: (who: string) => `lifted for ${who}`,
  invited: (who: string, role: Role, by: string) =>
    `${who} was invited to ${role === 'writer' ? 'type' : 'watch'}, by ${by}. To list invitations: shipmate invitations`,
  uninvited: (who: string) => `The invitation of ${who} was revoked`,
  nothingLifted: 'there is no such entry; nothing was changed',
  locked: (lock: SessionLock) =>
    lock === 'all'
      ? 'your mates can neither type nor watch until you unlock it'
      : 'your mates cannot type until you unlock it',
  unlocked: 'your mates may type again',
  rotated: 'This session has new tokens: the old ones no longer work',
  rotatedHere: 'The directory is not available: until it is back, the new tokens work only on this server',
  rotatedTooOften: (wait: string) => `The tokens were replaced too often: try again in ${wait}`,
} as const;
