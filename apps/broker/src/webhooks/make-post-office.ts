import { NO_TRACER, type Clock, type Tracer } from '#kernel';
import type { WebhookQueue, WebhookSealer } from '#control';
import type { Config, Log, Metrics } from '#platform';
import { Courier } from './courier.js';
import { Destinations } from './destinations.js';
import { PostOffice } from './post-office.js';

export interface PostOfficeParts {
  readonly config: Config;
  readonly queue: WebhookQueue;
  readonly sealer: WebhookSealer;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer?: Tracer;
}

/** A post office according to the configuration, which reports its attempts to log and metrics. */
export function makePostOffice({
  config,
  queue,
  sealer,
  clock,
  log,
  metrics,
  tracer = NO_TRACER,
}: PostOfficeParts): PostOffice {
  const { token, key, allow, forSessions } = config.webhooks;
  const destinations = new Destinations(allow);
  const secrets = { token: token?.reveal(), key: key?.reveal() };
  let away = false;
  return new PostOffice({
    queue,
    courier: new Courier({ sealer, destinations, clock, forSessions, tracer, ...secrets }),
    clock,
    tried(result, { id, lane, type }, why) {
      away = false;
      metrics.webhookDeliveries.add({ result });
      const about = { delivery: id, session: lane.session, type };
      if (result === 'dead') log.warn('webhook-dead', { ...about, why });
      else log.debug('webhook-tried', { ...about, result, why });
    },
    failed(error) {
      // Told once, until something goes well again: it is asked again and again.
      if (!away) log.warn('webhooks-wait', { error });
      away = true;
    },
  });
}
