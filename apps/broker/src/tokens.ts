/** What the broker's controllers have injected. */
export const FLEET = Symbol('shipmate:fleet');
export const ACCOUNTS = Symbol('shipmate:accounts');
export const EVENTS = Symbol('shipmate:events');
export const AUDIT = Symbol('shipmate:audit');
