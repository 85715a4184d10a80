/** What the transports of an edge can have injected, by `@Inject(…)`. */
export const JOIN_ATTEMPTS = Symbol('shipmate:join-attempts');
export const BACKPLANE = Symbol('shipmate:backplane');
export const DIRECTORY = Symbol('shipmate:directory');
export const CLIENT_ADDRESSES = Symbol('shipmate:client-addresses');
export const HOST_KEYS = Symbol('shipmate:host-keys');
export const QUOTAS = Symbol('shipmate:quotas');
export const REFUSALS = Symbol('shipmate:refusals');
export const SESSIONS = Symbol('shipmate:sessions');
export const TURNED_AWAY = Symbol('shipmate:turned-away');
