import type { SessionId } from '#kernel';
import type { ParticipantInfo, SeatEnding } from './ports.js';
import type { ShownKind } from './seat-screen.js';

/** Why a host's connection to its session is over; `moved`: another edge is the session's home. */
export type HostGone =
  'lost' | 'fin' | 'protocol' | 'replaced' | 'expired' | 'shutdown' | 'moved' | 'operator' | 'time-over' | 'idle';

/** Whether a joiner's session has its home at this edge, or at another one. */
export type Route = 'local' | 'relay';

/** What an edge tells its logs, metrics and events of its sessions. Calls are synchronous and must be cheap. */
export interface SessionObserver {
  sessionOpened(session: SessionId, host: { address: string; clientVersion: string; reconnected: boolean }): void;
  hostGone(session: SessionId, why: HostGone, detail?: string): void;
  sessionClosed(session: SessionId, why: HostGone): void;
  joined(session: SessionId, participant: ParticipantInfo, route: Route): void;
  left(session: SessionId, participant: ParticipantInfo, ending: SeatEnding): void;
  frame(kind: ShownKind): void;
  /** A host came to this edge with a session that another one had. */
  tookOver(session: SessionId): void;
  /** This edge's lease had ended, or the directory had lost it: its sessions are looked at once more. */
  leaseLost(): void;
  /** Something went wrong in our own code; the session goes on where it can. */
  failed(what: string, error: unknown): void;
}

/** Tells nobody. */
export const silentObserver: SessionObserver = {
  sessionOpened: () => undefined,
  hostGone: () => undefined,
  sessionClosed: () => undefined,
  joined: () => undefined,
  left: () => undefined,
  frame: () => undefined,
  tookOver: () => undefined,
  leaseLost: () => undefined,
  failed: () => undefined,
};
