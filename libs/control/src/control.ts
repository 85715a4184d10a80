import type { Identity, Invitation, Lifting, Person as Known, SentAway, SessionLock } from '#access';
import type { EdgeId, ParticipantId, Role, SessionId } from '#kernel';

/** What a broker asks of an edge. */
export type ControlRequest =
  /** Who is in a session at that edge. */
  | { readonly kind: 'people'; readonly session: SessionId }
  /** Ends a session whose home is there. */
  | { readonly kind: 'close'; readonly session: SessionId }
  | { readonly kind: 'kick'; readonly session: SessionId; readonly participant: ParticipantId }
  /** Takes a writer's right to type. */
  | { readonly kind: 'make-reader'; readonly session: SessionId; readonly participant: ParticipantId }
  /** Shows a line to everybody in a session there, and to its host if that is connected there. */
  | { readonly kind: 'message'; readonly session: SessionId; readonly text: string }
  /** The names of a session have changed: claim them again, and tell the host. */
  | { readonly kind: 'names'; readonly session: SessionId }
  /** The people who wait for the host's word, in a session whose home is there. */
  | { readonly kind: 'waiting'; readonly session: SessionId }
  /** Lets in or refuses somebody who waits there, in the host's place. */
  | {
      readonly kind: 'decide';
      readonly session: SessionId;
      readonly participant: ParticipantId;
      readonly admit: boolean;
      /** What they may be at most; by default, what their token allows. */
      readonly as?: Role | undefined;
      /** The caller, as events name it: several different ones may have to agree. Brokers of earlier releases do not say it. */
      readonly by?: string;
    }
  /** Whom a link with this code is about, and, with `say`, a decision on them. `by`: who that is, if it is known. */
  | {
      readonly kind: 'link';
      readonly session: SessionId;
      readonly code: string;
      readonly say?: { readonly admit: boolean; readonly as?: Role | undefined } | undefined;
      readonly by?: string | undefined;
    }
  /**
   * Keeps people away from a session whose home is there, or lets them only look, at every edge. `inside`: whether an address means
   * those who are inside, too, or only those who come.
   */
  | {
      readonly kind: 'send-away';
      readonly session: SessionId;
      readonly entries: readonly SentAway[];
      readonly inside: boolean;
    }
  /** Lifts such entries. */
  | { readonly kind: 'lift'; readonly session: SessionId; readonly lifting: Lifting }
  /** Adds an invitation to a session whose home is there; its host is told, and by whom. */
  | {
      readonly kind: 'invite';
      readonly session: SessionId;
      readonly invitation: Invitation;
      readonly by: string;
    }
  /** Takes one back: whoever is inside by it leaves. */
  | { readonly kind: 'revoke-invitation'; readonly session: SessionId; readonly invitation: string }
  /** Replaces the tokens of a session whose home is there; `leave`: everybody inside has to leave. */
  | { readonly kind: 'rotate'; readonly session: SessionId; readonly leave: boolean }
  /** Locks a session whose home is there, or, without `lock`, unlocks it. */
  | { readonly kind: 'lock'; readonly session: SessionId; readonly lock?: SessionLock | undefined }
  /** Give all sessions to other edges, and take no new ones. */
  | { readonly kind: 'drain' };

/** Somebody in a session. */
export interface Person {
  readonly id: ParticipantId;
  readonly role: Role;
  readonly transport: 'ssh' | 'web';
  readonly address: string;
  /** The fingerprint of the SSH key that they were let in by, `SHA256:…`. */
  readonly key?: string;
  /** What their certificate says, and its CA. */
  readonly certificate?: string;
  /** The name that they proved to have, and how; who they are for good; edges of earlier releases do not say it. */
  readonly name?: string;
  readonly proved?: Identity['proved'];
  readonly provider?: string;
  readonly subject?: string;
  readonly moderator?: boolean;
  /** Their terminal is locked; left out: it is not. */
  readonly locked?: boolean;
  /** All that they are known by; edges of earlier releases do not say it. */
  readonly knownBy?: readonly Known[];
  /** When they joined or, of somebody who waits, asked; in ms since the epoch. Edges of earlier releases do not say it. */
  readonly since?: number;
}

/** Somebody who asks to be let in. */
export interface WaitingPerson extends Person {
  /** When they asked, in ms since the epoch. */
  readonly since: number;
  /** Who has agreed so far, and how many must; edges of earlier releases do not say it. */
  readonly agreed?: readonly string[];
  readonly needed?: number;
}

/**
 * The result of a decision on somebody who waits. `unknown`: nobody with that id is waiting. `agreed`: others must agree, too.
 * `again`: the caller has agreed before. `own`: the caller is the one who waits.
 */
export type Decision = 'admitted' | 'refused' | 'full' | 'unknown' | 'agreed' | 'again' | 'own';

/** `done`: it concerned this edge, and was done. */
export interface ControlReply {
  readonly done: boolean;
  readonly people: readonly Person[];
  /** To `waiting`: all of them, in the order they came. To `decide` and `link`: the one whom it was about. */
  readonly waiting?: readonly WaitingPerson[];
  /** To `decide` and `link`. */
  readonly decision?: Decision;
  /** To `decide` and `link`: who has agreed, and how many must. */
  readonly agreed?: readonly string[];
  readonly needed?: number;
  /** To `lift`: what was lifted. */
  readonly lifted?: readonly SentAway[];
  /** To `revoke-invitation`: what was taken back. */
  readonly revoked?: Invitation;
  /** It concerned this edge, and was not done: why. */
  readonly refused?: string;
}

/** Carries out at an edge what a broker asks. */
export type ControlHandler = (request: ControlRequest) => Promise<ControlReply>;

/** Longest message that is shown to people in a session. */
export const MAX_MESSAGE = 500;

/** The channel that an edge hears brokers on, or a broker its answers. */
export const controlChannel = (id: EdgeId | string): string => `shipmate:control:{${id}}`;

export interface Asked {
  readonly nonce: string;
  readonly replyTo: string;
  readonly request: ControlRequest;
  /** The asker's span, as a `traceparent`; edges of earlier releases pass it over. */
  readonly trace?: string;
}

export interface Answered {
  readonly nonce: string;
  readonly reply?: ControlReply;
  /** What went wrong, for a log. */
  readonly fault?: string;
}

export const encodeControl = (message: Asked | Answered): Uint8Array => Buffer.from(JSON.stringify(message));

/** Reads a message; undefined for anything else. Both ends are this program: only the envelope is looked at. */
export function decodeControl(bytes: Uint8Array): (Partial<Asked> & Answered) | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
    return typeof value === 'object' && value !== null && 'nonce' in value ? (value as Answered) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
