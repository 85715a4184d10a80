import type { ParticipantId, SessionId } from '#kernel';
import type { RightsInWords, SentAway, SessionLock } from '#access';
import type { Agreement, Decision, LockChange, ParticipantInfo, SeatEnding } from './ports.js';
import type { ShownKind } from './model/view.js';

/** Why a host's connection to its session is over; `moved`: another edge is the session's home. */
export type HostGone =
  | 'lost'
  | 'fin'
  | 'protocol'
  | 'replaced'
  | 'expired'
  | 'shutdown'
  | 'moved'
  | 'operator'
  | 'time-over'
  | 'idle'
  | 'fault'
  | 'over-limit';

/** Whether a joiner's session has its home at this edge, or at another one. */
export type Route = 'local' | 'relay';

/** A host that has its session. */
export interface OpenedBy {
  readonly address: string;
  readonly clientVersion: string;
  /** The fingerprint of the SSH key that it was let in by, if one was asked for. */
  readonly key: string | undefined;
  /** What its certificate says, if it was let in by one. */
  readonly certificate?: string | undefined;
  readonly reconnected: boolean;
  /** What it asks of its session. */
  readonly rights: RightsInWords;
}

/** What happened to a session's name; `lost`: it was taken away, `refused`: another session has it, or the API key is unknown. */
export type NameChange = 'claimed' | 'released' | 'lost' | 'refused';

/** A fault in our own code that ended a session, with what it takes to do the same once more; never what a terminal shows. */
export interface SessionFault {
  /** What was being done: `timer`, `input`, `host`. */
  readonly what: string;
  readonly error: unknown;
  /** Sizes, counts and kinds. */
  readonly state: Readonly<Record<string, string | number | readonly string[]>>;
}

/** What somebody has said about a person who waits, and how far that person has got by it. */
export interface Said extends Agreement {
  readonly decision: Extract<Decision, 'admitted' | 'refused' | 'agreed'>;
  /** `host`, or the moderator: `person:PROVIDER:SUBJECT`. */
  readonly by: string;
}

/** What an edge reports about its sessions to logs, metrics and events. Calls are synchronous and must be cheap. */
export interface SessionObserver {
  sessionOpened(session: SessionId, host: OpenedBy): void;
  hostGone(session: SessionId, why: HostGone, detail?: string): void;
  sessionClosed(session: SessionId, why: HostGone): void;
  joined(session: SessionId, participant: ParticipantInfo, route: Route): void;
  left(session: SessionId, participant: ParticipantInfo, ending: SeatEnding): void;
  /** Somebody asks to be let in; this edge is the session's home, whichever they are at. */
  asked(session: SessionId, participant: ParticipantInfo): void;
  /** The host or a moderator has said a word about them. What others say by the API is reported elsewhere. */
  decided(session: SessionId, participant: ParticipantInfo, said: Said): void;
  /** The host has changed what it asks of its session. */
  rightsChanged(session: SessionId, changed: RightsInWords): void;
  /** The host has sent somebody away, or made them a reader. What operators do is reported elsewhere, here and below. */
  sentAway(session: SessionId, entry: SentAway): void;
  /** The host lets them come again, or type. */
  lifted(session: SessionId, entry: SentAway): void;
  /** The host has given the session other tokens; `leave`: everybody who was in it had to leave. */
  tokensReplaced(session: SessionId, leave: boolean): void;
  /** Nobody may type any more without a moderator, or there is one again. */
  paused(session: SessionId, paused: boolean): void;
  /** The host, or a moderator (`by`), has locked the session, or unlocked it. */
  locked(session: SessionId, lock: SessionLock | undefined, by: ParticipantId | undefined): void;
  /** Somebody's terminal was locked or unlocked; this edge has it. */
  seatLock(session: SessionId, participant: ParticipantInfo, change: LockChange): void;
  nameChanged(session: SessionId, change: NameChange, name: string): void;
  frame(kind: ShownKind): void;
  /** A host came to this edge with a session that another one had. */
  tookOver(session: SessionId): void;
  /** This edge's lease had ended, or the directory had lost it: its sessions are looked at once more. */
  leaseLost(): void;
  /** A session has ended, here, by a fault in our own code. */
  sessionFault(session: SessionId, fault: SessionFault): void;
  /** A bug in our own code; the session continues if it can. */
  failed(what: string, error: unknown): void;
}

/** Tells nobody. */
export const silentObserver: SessionObserver = {
  sessionOpened: () => undefined,
  hostGone: () => undefined,
  sessionClosed: () => undefined,
  joined: () => undefined,
  left: () => undefined,
  asked: () => undefined,
  decided: () => undefined,
  rightsChanged: () => undefined,
  sentAway: () => undefined,
  lifted: () => undefined,
  tokensReplaced: () => undefined,
  paused: () => undefined,
  locked: () => undefined,
  seatLock: () => undefined,
  nameChanged: () => undefined,
  frame: () => undefined,
  tookOver: () => undefined,
  leaseLost: () => undefined,
  sessionFault: () => undefined,
  failed: () => undefined,
};
