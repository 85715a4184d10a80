import type { Clock, Tracer } from '#kernel';
import type { Config, Health, Log, Metrics } from '#platform';

/** What every process has, before any of its modules is built. */
export interface Platform {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly clock: Clock;
  readonly tracer: Tracer;
}

/** The `Platform` of the process, by `@Inject(PLATFORM)`. */
export const PLATFORM = Symbol('shipmate:platform');
/** The `SharedBackplane` of `BackplaneModule`. */
export const BACKPLANE = Symbol('shipmate:backplane');
/** The `Edge` of `EdgeModule`. */
export const EDGE = Symbol('shipmate:edge');
