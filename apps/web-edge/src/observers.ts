import type { Refusals } from '#control';
import type { TurnedAway } from '#edge';
import type { Log, Metrics } from '#platform';
import type { WebEdgeObserver } from './web-edge-observer.js';

/** Tells the log and the metrics what happens to pages' connections; what comes and goes is worth a debug line. */
export function webEdgeObserver(
  log: Log,
  metrics: Metrics,
  refusals: Pick<Refusals, 'note'>,
  turnedAway: TurnedAway,
): WebEdgeObserver {
  const bytes = {
    in: metrics.bytes.of({ direction: 'in', leg: 'joiner' }),
    out: metrics.bytes.of({ direction: 'out', leg: 'joiner' }),
  };
  return {
    joinRefused(reason, address, connection, route = 'local') {
      metrics.joins.add({ transport: 'web', route, result: reason });
      metrics.authFailures.add({ reason });
      refusals.note(reason, address, 'web');
      log.debug('join-refused', { connection, reason, address });
    },
    turnedAway: (limit, address) => turnedAway(limit, address, 'web'),
    joinSeconds: (seconds) => metrics.joinSeconds.observe({}, seconds),
    bytes: (direction, count) => bytes[direction](count),
    rtt: (seconds) => metrics.clientRtt.observe({ transport: 'web' }, seconds),
    resumed: () => metrics.webResumed.add({}),
    disconnected(connection, address, ending) {
      metrics.webClosed.add({ code: ending });
      log.debug('web-disconnected', { connection, address, ending });
    },
    failed(error) {
      log.error('web-fault', { error });
    },
  };
}
