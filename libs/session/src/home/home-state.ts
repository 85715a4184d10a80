import type { ParticipantId, SessionId } from '#kernel';
import type { SessionModel } from '../model/session-model.js';
import type { Room } from '../room/room.js';
import type { HostState, SessionEnding } from '../wire/stream-records.js';
import type { SessionJoiners } from './session-joiners.js';

/** What the parts of a home need to know of their session, as it is at the moment. */
export interface HomeState {
  readonly id: SessionId;
  /** In ms since the epoch; it is kept over reconnections and takeovers. */
  readonly createdAt: number;
  readonly room: Room;
  readonly model: SessionModel;
  /** Everybody who has joined, here and elsewhere. */
  readonly joiners: SessionJoiners;
  readonly state: 'live' | 'reconnecting' | 'closed';
  /** How it ended; undefined while it is live, here or at another home. */
  readonly ending: SessionEnding | undefined;
  /** What other parts ask about the host's side. */
  readonly host: { hasArrived(from: ParticipantId): boolean };
  /** How the host is, for replicas. */
  readonly hostState: HostState;
}
