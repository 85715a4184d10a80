import type { Refusals } from '#control';
import type { Log, Metrics } from '#platform';

/** Tells of somebody whom a limit or a list of addresses was against, by its name. */
export type TurnedAway = (limit: string, address: string, transport: 'ssh' | 'web' | 'api') => void;

/** Tells it to metrics, events (sampled) and the log. */
export function turnedAway(log: Log, metrics: Metrics, refusals: Pick<Refusals, 'note'>): TurnedAway {
  return (limit, address, transport) => {
    metrics.turnedAway.add({ limit });
    refusals.note(limit, address, transport);
    log.debug('turned-away', { limit, address, transport });
  };
}
