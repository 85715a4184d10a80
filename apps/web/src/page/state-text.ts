import { agoText, countdown } from '#kernel';
import type { Lock, People, Status } from '../connection/status.js';

/** How good things are, for the colour of the state's dot: its text says the same. */
export type Mood = 'good' | 'busy' | 'bad' | 'over';

/** What the bar says of the state. */
export interface StateText {
  readonly mood: Mood;
  /** Always shown, short: a phone has room for about 30 characters. */
  readonly short: string;
  /** More text next to it, if there is room; may count down. */
  readonly more: string;
  /** For a screen reader, said once when it changes: without anything that counts. */
  readonly spoken: string;
  /** What the person can do about it. */
  readonly action: 'none' | 'try-now' | 'join-again' | 'reload' | 'start-page' | 'password' | 'sign-in' | 'load-again';
}

/** What to say of `status` at `nowMs`, by the same clock as the times in it. */
export function stateText(status: Status, nowMs: number): StateText {
  switch (status.link) {
    case 'joined':
      return joinedText(status, nowMs);
    case 'connecting':
      return status.hadSeat
        ? say('busy', 'Reconnecting', kept(status), 'Reconnecting')
        : say('busy', 'Connecting', '', 'Connecting');
    case 'asked':
      return askedText(status);
    case 'awaiting-host':
      return say(
        'busy',
        'Waiting for the host',
        'The host was asked to let you in',
        'The host was asked to let you in.',
      );
    case 'waiting':
      return waitingText(status, nowMs);
    case 'over':
      return overText(status, nowMs);
  }
}

function say(mood: Mood, short: string, more: string, spoken: string, action: StateText['action'] = 'none'): StateText {
  return { mood, short, more, spoken, action };
}

function joinedText({ role, session, lock }: Status, nowMs: number): StateText {
  if (lock !== undefined) return lockedText(lock);
  const may = role === 'reader' ? 'Read-only' : 'You can type';
  if (session?.phase === 'reconnecting') {
    const left = `Waiting for it, ${countdown(session.atMs - nowMs)} left`;
    return say('busy', 'The host is away', left, 'The host lost its connection. Waiting for it to come back.');
  }
  if (session?.phase === 'ended')
    return say('over', 'Ended', sinceText(nowMs - session.atMs), 'The session has ended.');
  return say('good', 'Live', may, `Live. ${may}.`);
}

function lockedText({ by, tries, said }: Lock): StateText {
  const short = 'Locked';
  const how = {
    password: 'Enter the password of this session to go on',
    'sign-in': 'Sign in again to go on',
    rejoin: 'Join again to go on',
  }[by];
  const left = `${tries} ${tries === 1 ? 'try' : 'tries'} left`;
  const more = said === '' ? how : by === 'password' ? `${said.replace(/[.,].*$/, '')}, ${left}` : said;
  const action = ({ password: 'password', 'sign-in': 'sign-in', rejoin: 'load-again' } as const)[by];
  return say('busy', short, more, `This terminal is locked. ${more}.`, action);
}

function askedText({ password }: Status): StateText {
  const { tries = 0, wasWrong = false } = password ?? {};
  const left = `${tries} ${tries === 1 ? 'try' : 'tries'} left`;
  const more = wasWrong ? `Wrong password, ${left}` : 'Ask the person who shared the link';
  return say('busy', 'This session has a password', more, `This session has a password. ${more}.`, 'password');
}

function waitingText(status: Status, nowMs: number): StateText {
  if (status.offline) {
    const more = joined('Reconnects when the network is back', kept(status));
    return say(
      'bad',
      'You are offline',
      more,
      `You are offline. The page reconnects when the network is back.`,
      'try-now',
    );
  }
  const seconds = Math.max(1, Math.ceil(((status.retryAtMs ?? nowMs) - nowMs) / 1000));
  const why = status.closing?.name === undefined ? '' : status.closing.text;
  const short = status.hadSeat ? 'Connection lost' : 'Cannot connect';
  return say('bad', short, joined(`Next try in ${seconds} s`, why, kept(status)), `${short}. Trying again.`, 'try-now');
}

function overText({ closing, session }: Status, nowMs: number): StateText {
  const text = closing?.text ?? '';
  const ago = session?.phase === 'ended' ? sinceText(nowMs - session.atMs) : '';
  switch (closing?.name) {
    case 'detached':
    case 'left':
      return say('over', 'You left', '', 'You left the session.', 'join-again');
    case 'replaced':
      return say('over', 'Moved', text, `${text}.`, 'join-again');
    case 'ended':
    case 'closed':
    case 'time-over':
    case 'idle':
    case 'host-lost':
      return say(
        'over',
        'Ended',
        ago === '' ? text : joined(ago, text),
        `The session has ended. ${text}.`,
        'start-page',
      );
    case 'not-found':
      return say('over', 'No such session', text, `No such session. ${text}.`, 'start-page');
    case 'keys-required':
      return say('over', 'Keys required', text, `${text}.`, 'start-page');
    case 'sign-in-required':
      return say('over', 'Sign in first', text, `${text}.`, 'join-again');
    case 'web-off':
      return say('over', 'Join with ssh', text, `${text}.`, 'start-page');
    case 'wrong-password':
      return say('over', 'Wrong password', 'Ask the person who shared the link', `${text}.`, 'join-again');
    case 'refused':
    case 'unanswered':
    case 'full':
    case 'crowded':
    case 'not-allowed':
    case 'address-not-allowed':
    case 'outside-hours':
    case 'token-only':
    case 'invitation-over':
    case 'session-locked':
    case 'locked-out':
      return say('over', 'Not let in', text, `${text}.`, 'join-again');
    case 'version':
      return say('over', 'Reload needed', text, `${text}.`, 'reload');
    default:
      return say('over', 'Disconnected', text, `Disconnected. ${text}`, 'join-again');
  }
}

/** What is kept of typed keys, if anything is. */
function kept({ unsentBytes }: Status): string {
  return unsentBytes === 0 ? '' : 'Your input is kept';
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

/** How long ago, from a minute on: `5 minutes ago`. */
export const sinceText = (ms: number): string => (ms < 60_000 ? 'just now' : agoText(ms));

/** How many are here: `Only you`, `3 here`. */
export function peopleText(people: People | undefined): string {
  if (people === undefined || people.count === 0) return '';
  return people.count === 1 ? 'Only you' : `${people.count} here`;
}

/** Who is here, one line each, in the order in which they came. */
export function peopleLines({ count, listed, self }: People): string[] {
  const lines = listed.map(({ role, transport, name, locked = false }, index) => {
    const by = transport === 'ssh' ? 'ssh' : 'browser';
    const you = name === undefined ? 'You' : `You, ${name}`;
    return `${index === self ? you : (name ?? `Mate ${index + 1}`)} · ${by} · ${role === 'writer' ? 'can type' : 'read-only'}${locked ? ' · locked' : ''}`;
  });
  const more = count - listed.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** Who came or left, for a screen reader; empty if there is nothing to say. */
export function peopleChange(before: People | undefined, now: People | undefined): string {
  if (before === undefined || now === undefined || before.count === now.count) return '';
  return `${before.count < now.count ? 'Somebody joined' : 'Somebody left'}. ${peopleText(now)}.`;
}

/** The page's title. The host's own title comes first; it is never interpreted as markup, and its length is bounded. */
export function titleText(state: StateText, hostTitle: string, bell: boolean): string {
  const host = hostTitle.replace(/\p{C}/gu, '').slice(0, 80).trim();
  return [bell ? '•' : '', host, state.short, '– Shipmate'].filter((part) => part !== '').join(' ');
}
