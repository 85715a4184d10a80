import type { Refusals } from '#control';
import type { TurnedAway } from '#edge';
import type { Log, Metrics } from '#platform';
import type { Route } from '#session';
import type { WebEnding, WebRefusal } from './refusals.js';

/** Hears what happens to pages' connections. Calls are synchronous and cheap. */
export type WebEdgeObserver = ReturnType<typeof webEdgeObserver>;

/** Tells the log and the metrics; what comes and goes is worth a debug line. `connection` is the number of one. */
export function webEdgeObserver(log: Log, metrics: Metrics, refusals: Pick<Refusals, 'note'>, turnedAway: TurnedAway) {
  const bytes = {
    in: metrics.bytes.of({ direction: 'in', leg: 'joiner' }),
    out: metrics.bytes.of({ direction: 'out', leg: 'joiner' }),
  };
  return {
    /** `route`: that of the session, where one was found. */
    joinRefused(reason: WebRefusal, address: string, connection: number, route: Route = 'local'): void {
      metrics.joins.add({ transport: 'web', route, result: reason });
      metrics.authFailures.add({ reason });
      refusals.note(reason, address, 'web');
      log.debug('join-refused', { connection, reason, address });
    },
    /** A limit, or the list of addresses, was against somebody. */
    turnedAway: (limit: string, address: string): void => turnedAway(limit, address, 'web'),
    joinSeconds: (seconds: number): void => metrics.joinSeconds.observe({}, seconds),
    bytes: (direction: 'in' | 'out', count: number): void => bytes[direction](count),
    rtt: (seconds: number): void => metrics.clientRtt.observe({ transport: 'web' }, seconds),
    resumed: (): void => metrics.webResumed.add({}),
    disconnected(connection: number, address: string, ending: WebEnding): void {
      metrics.webClosed.add({ code: ending });
      log.debug('web-disconnected', { connection, address, ending });
    },
    failed(error: unknown): void {
      log.error('web-fault', { error });
    },
  };
}
