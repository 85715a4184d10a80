import type { Refusals } from '#control';
import type { Log, Metrics } from '#platform';

/** Reports that a limit or a list of addresses kept somebody out, by its name. */
export type TurnedAway = (limit: string, address: string, transport: 'ssh' | 'web' | 'api') => void;

/** Reports it to metrics, events (sampled) and the log. */
export function turnedAway(log: Log, metrics: Metrics, refusals: Pick<Refusals, 'note'>): TurnedAway {
  return (limit, address, transport) => {
    metrics.turnedAway.add({ limit });
    refusals.note(limit, address, transport);
    log.debug('turned-away', { limit, address, transport });
  };
}
