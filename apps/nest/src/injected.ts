/** What the modules of every process can have injected, by `@Inject(…)`. */
export const CONFIG = Symbol('shipmate:config');
export const LOG = Symbol('shipmate:log');
export const METRICS = Symbol('shipmate:metrics');
export const HEALTH = Symbol('shipmate:health');
export const CLOCK = Symbol('shipmate:clock');
export const TRACER = Symbol('shipmate:tracer');
/** The `SharedBackplane` of `BackplaneModule`. */
export const BACKPLANE = Symbol('shipmate:backplane');
/** The `Edge` of `EdgeModule`. */
export const EDGE = Symbol('shipmate:edge');
