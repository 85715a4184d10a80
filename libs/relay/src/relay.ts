import type { Disposable, EdgeId, Generation, Holding, ParticipantId, SessionId } from '#kernel';
import type { ReceivedInput } from './input-receiver.js';
import type { QueuedInput, LostInput } from './input-sender.js';
import type { StreamPosition } from './stream-reader.js';

/** What a session does as its home. */
export interface HomeHandlers {
  /**
   * The state as bytes, after all that was published; replaces whatever a replica has. Called at once when it is wanted,
   * and only while somebody wants it.
   */
  snapshot(): Uint8Array;
  /** A joiner's input from another edge. False when it cannot be taken now: its sender holds it and tries again. */
  input(input: ReceivedInput): boolean;
  /** Replicas listen, or none does any more. */
  interest?(interested: boolean): void;
  /** Whether the host has all that was passed on of somebody's input, as far as it was for the host. */
  hasArrived?(participantId: ParticipantId): boolean;
  /** Another edge is the home by now: stop, drop the session, write nothing. Called once. */
  superseded(generation: Generation): void;
  /** Counts what waits for the relay: batches, and the snapshot that is being sent. Where there is no room, replicas wait. */
  readonly held?: Holding;
}

/** A home's end of the relay. Disposing it says what input has arrived, and leaves. */
export interface HomeLink extends Disposable {
  /** Whether a replica listens: while none does, `publish` does nothing and costs nothing. */
  readonly interested: boolean;
  /**
   * Sends what follows in the stream. Bounded: when the relay is slower than this, bytes are skipped and replicas get a
   * snapshot instead. Each call brings whole messages, which are safe to apply to any state that the snapshot may have.
   * The bytes must not change after the call.
   */
  publish(bytes: Uint8Array): void;
  /** The host has by now all that was passed on of somebody's input. */
  arrived(participantId: ParticipantId): void;
  /** A participant left: its input's numbers may be forgotten. */
  forget(participantId: ParticipantId): void;
}

/** What a session does as a replica. */
export interface ReplicaHandlers {
  /** The whole state; replaces what was there. */
  snapshot(bytes: Uint8Array, position: StreamPosition): void;
  /** What follows, without a hole; a call brings whole messages. */
  data(bytes: Uint8Array): void;
  /** Whether the replica is behind: what it shows is old, and a snapshot is on its way. Said when it changes. */
  waiting?(waiting: boolean): void;
  /** A newer home has appeared: tell it who is here, and the sizes of their terminals. */
  home?(generation: Generation): void;
  /** There is no home. The session is moving, maybe to another region, or has ended: ask the directory. */
  homeAway?(): void;
  /** Input that did not, or may not have, reached the host. The joiner must be told. */
  lost(input: LostInput): void;
  /** There is room for input again, after `send` refused some. */
  room?(): void;
}

/** A replica's end of the relay. */
export interface ReplicaLink extends Disposable {
  readonly waiting: boolean;
  /** Where the replica is in the stream; undefined before the first snapshot of this home. */
  readonly position: StreamPosition | undefined;
  /**
   * Sends a joiner's input to the home: each piece arrives once and in order, or is reported by `lost`. False when too
   * much is held already; nothing is sent of it then. `limit` when one piece is over 64 KiB.
   */
  send(participantId: ParticipantId, bytes: Uint8Array): boolean;
  /** Bytes of a joiner's input that the home has not acknowledged. */
  queuedOf(participantId: ParticipantId): number;
  /** The received data is unusable: asks for a snapshot after that many ms, and passes on nothing before it. */
  resync(afterMs: number): void;
  /**
   * Asks the home for a sign of life. Without one within `SIGN_OF_LIFE_MS`, the replica is `waiting` until there is one. Returns
   * whether anybody listens there as a home; undefined if the backplane is not available.
   */
  hail(): Promise<boolean | undefined>;
  /** The home has said that what it took of somebody may not have arrived: `lost` need not report that as well. */
  told(participantId: ParticipantId): void;
  /** A participant left; what it sent last still goes out. */
  remove(participantId: ParticipantId): void;
  /**
   * Ends, because this edge becomes the home: gives the input that no home has got, each participant's in order. What the former
   * home may have got is reported by `lost`.
   */
  release(): readonly QueuedInput[];
}

/**
 * Carries sessions between edges: a numbered stream from the home, which any number of replicas follow, and the input of their
 * joiners back to the home. Messages may be lost, and edges may die; the relay turns that into snapshots, resending, or a
 * report. A generation has one home, and everyone who knows a newer home drops messages of an older one. `home` and `replica`
 * resolve when the subscription is active; they reject with `unavailable` or `timeout` if the backplane is not available.
 */
export interface Relay {
  /**
   * Becomes the home. With a generation above 1 it announces itself: a former home that still listens is superseded, and
   * replicas follow with a snapshot. The session's state must be whole by then.
   */
  home(sessionId: SessionId, generation: Generation, handlers: HomeHandlers): Promise<HomeLink>;
  /**
   * Says that a session has a newer home, which may be out of this relay's reach: a former one that listens is superseded, and
   * replicas look for the new one (`homeAway`). May be lost on the way: say it more than once.
   */
  moved(sessionId: SessionId, generation: Generation): Promise<void>;
  /** Follows a session from `generation`, as the directory knows it, on behalf of the joiners of `edgeId`. */
  replica(
    sessionId: SessionId,
    generation: Generation,
    edgeId: EdgeId,
    handlers: ReplicaHandlers,
  ): Promise<ReplicaLink>;
}
