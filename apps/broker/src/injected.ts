/** What the broker's controllers have injected. */
export const FLEET = Symbol('shipmate:fleet');
export const ACCOUNTS = Symbol('shipmate:accounts');
export const EVENTS = Symbol('shipmate:events');
export const WEBHOOKS = Symbol('shipmate:webhooks');
export const SEALER = Symbol('shipmate:webhook-sealer');
export const HOUSEKEEPING = Symbol('shipmate:housekeeping');
export const AUDIT = Symbol('shipmate:audit');
