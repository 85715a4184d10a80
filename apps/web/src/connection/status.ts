import type { Role } from '#kernel';
import type { Person as JoinedPerson } from '#web-protocol';

/** A joiner, with the name that they proved to have, if they did. */
export interface Person extends JoinedPerson {
  readonly name?: string | undefined;
  /** Their terminal is locked. */
  readonly locked?: boolean;
}

/**
 * How the page's connection is. `connecting`: one is being made. `joined`: the page has its seat. `waiting`: for the next try.
 * `over`: for good, unless the person asks for it. `asked`: the session's password is wanted. `awaiting-host`: the host was asked to let
 * the page in.
 */
export type LinkPhase = 'connecting' | 'asked' | 'awaiting-host' | 'joined' | 'waiting' | 'over';

/** All that the page knows of its connection and its session, at one moment. */
export interface Status {
  readonly link: LinkPhase;
  /** It has had a seat before: what is on the screen is the session's, if not of now. */
  readonly hadSeat: boolean;
  readonly offline: boolean;
  readonly role: Role | undefined;
  /** Undefined until the server has said it. */
  readonly session: SessionState | undefined;
  readonly people: People | undefined;
  /** While `waiting`: when the next try starts, by the clock's `now`. */
  readonly retryAtMs: number | undefined;
  /** Why the last connection ended; `text` is for people. */
  readonly closing: Closing | undefined;
  /** While `asked`: how many tries are left, and whether one was wrong. */
  readonly password: { readonly tries: number; readonly wasWrong: boolean } | undefined;
  /** This terminal is locked: what unlocks it, how many tries are left, and what became of the last one. */
  readonly lock: Lock | undefined;
  /** Bytes that were typed and that the server has not taken. */
  readonly unsentBytes: number;
}

export interface SessionState {
  readonly phase: 'live' | 'reconnecting' | 'ended';
  /** `reconnecting`: when the host is given up; `ended`: when it was; else 0. By the clock's `now`. */
  readonly atMs: number;
  /** The window in cells, without the status line; 0 while it is not known. */
  readonly cols: number;
  readonly rows: number;
}

/** How this terminal is locked. */
export interface Lock {
  readonly by: 'password' | 'sign-in' | 'rejoin';
  readonly tries: number;
  /** A sentence; empty before the first try. */
  readonly said: string;
}

export interface People {
  readonly count: number;
  readonly listed: readonly Person[];
  readonly self: number | undefined;
}

export interface Closing {
  readonly code: number;
  /** The name in the protocol's table; undefined for a code that is not in it. */
  readonly name: string | undefined;
  readonly text: string;
}

export const FIRST_STATUS: Status = {
  link: 'connecting',
  hadSeat: false,
  offline: false,
  role: undefined,
  session: undefined,
  people: undefined,
  retryAtMs: undefined,
  closing: undefined,
  password: undefined,
  lock: undefined,
  unsentBytes: 0,
};
