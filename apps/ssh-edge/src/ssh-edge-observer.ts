import type { DisconnectReason } from '#ssh';

/** What an edge's doings are told to: metrics and debug logs. */
export interface SshEdgeObserver {
  joinRefused(reason: 'not-found' | 'closed' | 'unavailable' | 'no-terminal' | 'key', address: string): void;
  joinSeconds(seconds: number): void;
  bytes(direction: 'in' | 'out', leg: 'host' | 'joiner', count: number): void;
  rtt(seconds: number): void;
  disconnected(connection: number, address: string, reason: DisconnectReason): void;
  failed(error: unknown): void;
}
