import { ShipmateError, type ParticipantId, type Role } from '#kernel';
import type { Identity, Proofs, Refusal, ShownKeys, StayFault } from '#access';
import type { ServerMessage } from '#tmate-protocol';

/** A joiner, as far as the session needs to know. */
export interface ParticipantInfo extends ShownKeys {
  readonly id: ParticipantId;
  readonly role: Role;
  readonly transport: 'ssh' | 'web';
  /** Shown to the host and in the operator's lists; an IP address. */
  readonly address: string;
  /** The name that they proved to have, and how they proved it. */
  readonly name?: string;
  readonly proved?: Identity['proved'];
  /** Who they are for good: a provider, and its word for them. */
  readonly provider?: string;
  readonly subject?: string;
  /** They may decide about others. */
  readonly moderator?: boolean;
}

/** Somebody who joined, as the others may know of them. */
export interface Person {
  readonly role: Role;
  readonly transport: ParticipantInfo['transport'];
  /** The name that they proved to have. */
  readonly name?: string | undefined;
  /** Their terminal is locked. */
  readonly locked?: boolean | undefined;
  /** Notified about the joiners of this edge. */
  readonly id?: ParticipantId;
}

/** Who is in a session, on all edges. */
export interface People {
  readonly count: number;
  /** In the order in which they came; not all of them if there are many. */
  readonly listed: readonly Person[];
}

/** A joiner's terminal, as it describes itself. */
export interface TerminalInfo {
  readonly cols: number;
  readonly rows: number;
  /** TERM. */
  readonly term: string;
  /** COLORTERM. */
  readonly colorTerm: string | undefined;
  /** By LC_ALL, LC_CTYPE and LANG; a terminal that sends none of them is assumed to be UTF-8. */
  readonly utf8: boolean;
  /**
   * The terminal takes the size of the session's window and its status line, whatever that is, and limits nobody; `cols` and
   * `rows` are used while it is not known. Only for a terminal whose sink has `resized`.
   */
  readonly follows?: boolean;
}

/** The state of a session, for clients that can show it next to the terminal. */
export interface SessionStatus {
  readonly phase: 'live' | 'reconnecting';
  /** While `reconnecting`: how long the host is still waited for, in ms. */
  readonly leftMs: number;
  /** The window's size, without the status line; 0 while it is not known. */
  readonly cols: number;
  readonly rows: number;
  /** Who is in the session, at this edge and at all others, as far as this edge knows. */
  readonly people: People;
}

/** Why a joiner's stay is over. */
export type SeatEnding =
  /** It asked to leave. */
  | 'detached'
  /** The host ended the session. */
  | 'ended'
  /** The host was lost and did not come back in time. */
  | 'lost'
  /** The host has begun another session in place of this one. */
  | 'replaced'
  /** An operator or the session's user ended it. */
  | 'closed'
  /** The time that the host had set is over. */
  | 'time-over'
  /** Nobody typed and nothing was printed for as long as the host allows. */
  | 'idle'
  /** They sent this joiner away. */
  | 'kicked'
  /** The rules do not let this joiner stay. */
  | StayFault
  /** They, or the session, used more than a limit of this server lets them. */
  | 'over-limit'
  /** A fault of this server ended the session. */
  | 'fault'
  /** This edge stops. */
  | 'shutdown'
  /** Their terminal was locked, and they cannot unlock it from there, or were wrong too often. */
  | 'not-unlocked'
  /** The joiner sent what no terminal sends. */
  | 'bad-input';

/** Why a terminal locks: nobody typed for as long as the policy says, or the person wanted it. */
export type LockWhy = 'idle' | 'asked';
/** What unlocks a terminal; `rejoin`: only to join again. */
export type UnlockBy = 'password' | 'sign-in' | 'rejoin';

/** What happened to a terminal's lock; `refused`: somebody tried to unlock it, and was wrong. */
export type LockChange =
  { readonly kind: 'locked'; readonly why: LockWhy } | { readonly kind: 'unlocked' | 'refused'; readonly by: UnlockBy };

/** A locked terminal, for one that asks by itself. */
export interface SeatLocked {
  readonly by: UnlockBy;
  readonly triesLeft: number;
  /** What became of the last try; empty before the first one. */
  readonly said: string;
}

/** Where somebody signs in while a terminal waits for it. */
export interface SignInPlace {
  readonly link: string;
  readonly code: string;
  /** The link as a picture for a camera, line by line; left out: the terminal cannot show it. */
  readonly picture?: readonly string[] | undefined;
}

/** How an edge finds out whether somebody at a locked terminal is who joined there. A sentence in an answer says why it cannot. */
export interface Unlocking {
  /** Whether `given` is the password of `hash`. */
  password?(hash: string, given: string): Promise<boolean | string>;
  /** Waits until somebody has signed in, or `gone` is aborted; who that is. */
  signIn?(waits: { readonly gone: AbortSignal; show(place: SignInPlace): void }): Promise<Identity | string>;
}

/** The way to a joiner's terminal. A slow one skips frames: it is never a queue. */
export interface JoinerSink {
  /** Whether the terminal has taken enough of what it got to be sent more. */
  readonly ready: boolean;
  /** Bytes that wait in this process because the terminal or the network accepts no more. */
  readonly held?: number;
  /** Sends bytes to the terminal. Called while `ready`, and once more at the end. */
  write(bytes: Uint8Array): void;
  /** The terminal must be of this size from now on: what is written next is drawn for it. */
  resized?(cols: number, rows: number): void;
  /** How the person proves again who they are; left out: they have to join again. */
  readonly unlocking?: Unlocking;
  /** The terminal is locked, or the last try to unlock it was wrong; undefined: it is not locked any more. */
  locked?(lock: SeatLocked | undefined): void;
  /** The session is like this now. Comes soon after a change, not for each one. */
  status?(status: SessionStatus): void;
  /** So many bytes of what the joiner typed were handled: as many may come again. */
  tookInput?(bytes: number): void;
  /** `listener` is called each time `ready` becomes true again. */
  onReady(listener: () => void): void;
  /** Sends the last bytes and closes; nothing is written after it. `why`: an operator's own words, which the bytes have too. */
  end(ending: SeatEnding, last: Uint8Array, why?: string): void;
}

/** The home's way to its host. */
export interface HostLink {
  /** The host's IP address. */
  readonly address: string;
  /** The fingerprint of the SSH key that it was let in by, if one was asked for. */
  readonly key?: string | undefined;
  /** What its certificate says, if it was let in by one. */
  readonly certificate?: string | undefined;
  /** Who the host is, if it has said so. */
  readonly identity?: Identity | undefined;
  /** Bytes that wait here for the host to read. */
  readonly backlog: number;
  /** Sends messages in order, as one write. */
  send(messages: readonly ServerMessage[]): void;
  /** Sends that many bytes without meaning, so that the host handles what it got before. */
  wake(bytes: number): void;
  /** Ends the connection, after what was sent. */
  close(): void;
  /**
   * Asks the host to answer when it has taken all that was sent before: `answered` is called once, with false when the connection
   * is over instead.
   */
  acknowledge(answered: (arrived: boolean) => void): void;
  /** Asks the host for a sign of life; false when none comes within a few seconds. */
  isAlive(): Promise<boolean>;
}

/** Somebody who wants to join. */
export interface JoinRequest {
  readonly id: ParticipantId;
  /** What the token or the name that they came with allows at most. */
  readonly role: Role;
  readonly proofs: Proofs;
  /** Their edge is of an earlier release and does not say what they proved. */
  readonly unproven?: boolean;
}

/** Why somebody cannot join: what `admit` says, or the host, or that it does not answer, or that too many wait. */
export type NotAdmittedReason = Refusal['reason'] | 'refused' | 'unanswered' | 'crowded';

/**
 * What somebody hears who asks to join. `waiting` comes at most once, before the answer. `moved`: the session has another home
 * now, which must be asked. `closed`: it has ended.
 */
export type AdmissionAnswer =
  | { readonly kind: 'waiting' | 'moved' | 'closed' }
  | { readonly kind: 'admitted'; readonly as: Role; readonly moderator?: boolean }
  | { readonly kind: 'refused'; readonly reason: NotAdmittedReason; readonly text: string };

/** The session refuses this joiner: `limit` if it is full, otherwise `forbidden`. */
export class NotAdmitted extends ShipmateError {
  constructor(
    readonly reason: NotAdmittedReason,
    text: string,
  ) {
    super(reason === 'full' || reason === 'crowded' ? 'limit' : 'forbidden', text);
  }
}

/** Somebody who asked to join, while they wait. */
export interface JoinWaiter {
  /** They must wait for the host's word. */
  waiting(): void;
  /** Aborted when they have left. */
  readonly gone: AbortSignal;
}

/**
 * The result of a decision on somebody who waits. `unknown`: nobody with that code is waiting. `agreed`: it counts, and others must agree
 * too. `again`: the same person has agreed before. `own`: nobody can agree to their own request.
 */
export type Decision = 'admitted' | 'refused' | 'full' | 'unknown' | 'agreed' | 'again' | 'own';

/** How far a request to join has got: who has agreed, and how many different people must. */
export interface Agreement {
  /** `host`, or the approver's name in events, such as `person:PROVIDER:SUBJECT`. */
  readonly agreed: readonly string[];
  readonly needed: number;
}
