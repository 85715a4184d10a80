import type { SessionId } from '#kernel';
import type { ParticipantInfo, SeatEnding } from './ports.js';
import type { ShownKind } from './seat-screen.js';

/** Why a host's connection to its session is over. */
export type HostGone = 'lost' | 'fin' | 'protocol' | 'replaced' | 'expired' | 'shutdown';

/** What an edge tells its logs, metrics and events of its sessions. Calls are synchronous and must be cheap. */
export interface SessionObserver {
  sessionOpened(session: SessionId, host: { address: string; clientVersion: string; reconnected: boolean }): void;
  hostGone(session: SessionId, why: HostGone, detail?: string): void;
  sessionClosed(session: SessionId, why: HostGone): void;
  joined(session: SessionId, participant: ParticipantInfo): void;
  left(session: SessionId, participant: ParticipantInfo, ending: SeatEnding): void;
  frame(kind: ShownKind): void;
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
  failed: () => undefined,
};
