/** What the transports of an edge can have injected, by `@Inject(…)`. */
export const ARRIVALS = Symbol('shipmate:arrivals');
export const BACKPLANE = Symbol('shipmate:backplane');
export const DIRECTORY = Symbol('shipmate:directory');
export const HOST_KEYS = Symbol('shipmate:host-keys');
export const LIMITER = Symbol('shipmate:limiter');
export const REFUSALS = Symbol('shipmate:refusals');
export const SESSIONS = Symbol('shipmate:sessions');
