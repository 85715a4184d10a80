import type { Refusals } from '#control';
import type { TurnedAway } from '#edge';
import type { Log, Metrics } from '#platform';
import type { SshEdgeObserver } from './ssh-edge-observer.js';

/** Tells the log and the metrics what happens to connections; a scanner that comes and goes is worth a debug line. */
export function sshEdgeObserver(
  log: Log,
  metrics: Metrics,
  refusals: Pick<Refusals, 'note'>,
  turnedAway: TurnedAway,
): SshEdgeObserver {
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
    joinRefused(reason, address, connection) {
      metrics.joins.add({ transport: 'ssh', route: 'local', result: reason });
      metrics.authFailures.add({ reason });
      refusals.note(reason, address, 'ssh');
      log.debug('join-refused', { connection, reason, address });
    },
    hostRefused(address, connection) {
      metrics.authFailures.add({ reason: 'host-key' });
      refusals.note('host-key', address, 'ssh');
      log.debug('host-refused', { connection, address });
    },
    turnedAway: (limit, address) => turnedAway(limit, address, 'ssh'),
    joinSeconds: (seconds) => metrics.joinSeconds.observe({}, seconds),
    bytes: (direction, leg, count) => bytes[direction][leg](count),
    rtt: (seconds) => metrics.clientRtt.observe({ transport: 'ssh' }, seconds),
    disconnected(connection, address, reason) {
      log.debug('ssh-disconnected', { connection, address, reason });
    },
    failed(error) {
      log.error('ssh-fault', { error });
    },
  };
}
