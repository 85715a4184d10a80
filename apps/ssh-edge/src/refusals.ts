import type { NotAdmittedReason } from '#session';
import type { DisconnectReason } from '#ssh';

/** Why somebody was not let in; metric labels. */
export type SshRefusal =
  | 'not-found'
  | 'closed'
  | 'unavailable'
  | 'no-terminal'
  | 'key'
  | 'password'
  | 'too-many'
  | 'over-limit'
  | 'sent-away'
  | 'full'
  | 'refused'
  | 'unanswered'
  | 'crowded';

/** The label of what a session has against somebody. */
export function refusalLabel(reason: NotAdmittedReason): SshRefusal {
  switch (reason) {
    case 'password':
    case 'sent-away':
    case 'full':
    case 'refused':
    case 'unanswered':
    case 'crowded':
      return reason;
    case 'token':
      return 'not-found';
    default:
      return 'key';
  }
}

/** Where an edge reports what it does: metrics and debug logs. */
export interface SshEdgeObserver {
  /** `connection` is its number, as in `disconnected`. */
  joinRefused(reason: SshRefusal, address: string, connection: number): void;
  /** A host showed a key that may not host. */
  hostRefused(address: string, connection: number): void;
  /** A limit, or the list of addresses, was against somebody. */
  turnedAway(limit: string, address: string): void;
  joinSeconds(seconds: number): void;
  bytes(direction: 'in' | 'out', leg: 'host' | 'joiner', count: number): void;
  rtt(seconds: number): void;
  disconnected(connection: number, address: string, reason: DisconnectReason): void;
  failed(error: unknown): void;
}
