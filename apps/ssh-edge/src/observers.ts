import type { Refusals } from '#control';
import type { TurnedAway } from '#edge';
import type { Log, Metrics } from '#platform';
import type { DisconnectReason } from '#ssh';
import type { SshRefusal } from './refusals.js';

/** Hears what happens to connections. */
export type SshEdgeObserver = ReturnType<typeof sshEdgeObserver>;

/** Tells the log and the metrics; a scanner that comes and goes is worth a debug line. `connection` is the number of one. */
export function sshEdgeObserver(log: Log, metrics: Metrics, refusals: Pick<Refusals, 'note'>, turnedAway: TurnedAway) {
  const bytes = {
    in: {
      host: metrics.bytes.of({ direction: 'in', leg: 'host' }),
      joiner: metrics.bytes.of({ direction: 'in', leg: 'joiner' }),
    },
    out: {
      host: metrics.bytes.of({ direction: 'out', leg: 'host' }),
      joiner: metrics.bytes.of({ direction: 'out', leg: 'joiner' }),
    },
  };
  return {
    joinRefused(reason: SshRefusal, address: string, connection: number): void {
      metrics.joins.add({ transport: 'ssh', route: 'local', result: reason });
      metrics.authFailures.add({ reason });
      refusals.note(reason, address, 'ssh');
      log.debug('join-refused', { connection, reason, address });
    },
    /** A host showed a key that may not host. */
    hostRefused(address: string, connection: number): void {
      metrics.authFailures.add({ reason: 'host-key' });
      refusals.note('host-key', address, 'ssh');
      log.debug('host-refused', { connection, address });
    },
    /** A limit, or the list of addresses, was against somebody. */
    turnedAway: (limit: string, address: string): void => turnedAway(limit, address, 'ssh'),
    joinSeconds: (seconds: number): void => metrics.joinSeconds.observe({}, seconds),
    bytes: (direction: 'in' | 'out', leg: 'host' | 'joiner', count: number): void => bytes[direction][leg](count),
    rtt: (seconds: number): void => metrics.clientRtt.observe({ transport: 'ssh' }, seconds),
    disconnected(connection: number, address: string, reason: DisconnectReason): void {
      log.debug('ssh-disconnected', { connection, address, reason });
    },
    failed(error: unknown): void {
      log.error('ssh-fault', { error });
    },
  };
}
