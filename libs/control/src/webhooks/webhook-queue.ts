import type { Disposable } from '#kernel';

/**
 * Whose webhook it is: the operator's, for every session of the `fleet`, or that of one `session`'s host. They wait apart,
 * so that no host's slow receiver delays the operator's.
 */
export type HookKind = 'fleet' | 'session';

/** The kinds of webhooks: the operator's and the sessions' own. */
export const HOOK_KINDS: readonly HookKind[] = ['fleet', 'session'];

/** What stays in order: the deliveries of one session to one receiver. */
export interface Lane {
  readonly kind: HookKind;
  /** Names the receiver's server without telling it: see `WebhookSealer.groupOf`. */
  readonly group: string;
  readonly session: string;
}

/** One event on its way to one receiver. */
export interface Delivery {
  readonly lane: Lane;
  /** The same at every attempt, so that a receiver can tell one that it has had. */
  readonly id: string;
  /** tmate's: `session_join`. */
  readonly type: string;
  /** When it happened, in ms since the epoch. */
  readonly at: number;
  /** Where it goes and what it says, as `WebhookSealer` sealed it: it may hold tokens. */
  readonly sealed: string;
}

/** A delivery whose taker must report the result before its claim expires; until then, nobody else gets one from its lane. */
export interface Taken {
  readonly delivery: Delivery;
  readonly claim: string;
  /** The store's name of this entry. */
  readonly entry: string;
  /** Attempts before this one. */
  readonly tries: number;
  /** How long it has waited since it was appended, in ms. */
  readonly ageMs: number;
}

/** What a taker gets. */
export interface Due {
  readonly taken: readonly Taken[];
  /**
   * In how many ms the next lane of the kind is due, including lanes that are claimed until then; undefined: nothing waits. 0
   * or less: one is due now, but no more were asked for.
   */
  readonly nextMs: number | undefined;
}

/** A delivery that was given up. */
export interface DeadDelivery {
  /** Names it in the list, and orders the list: two numbers, `1700000000000-0`. */
  readonly entry: string;
  readonly delivery: Delivery;
  readonly diedAt: number;
  /** In words for an operator, without a secret. */
  readonly why: string;
  readonly tries: number;
}

/** A receiver that something waits for. */
export interface WaitingReceiver {
  /** How many sessions' lanes wait for it. */
  readonly lanes: number;
  /** What is tried next, or is being tried. */
  readonly next: Delivery;
  /** Attempts at that so far. */
  readonly tries: number;
  /** When it is due, in ms from now; while somebody has it, when it would come again. Not above 0: now. */
  readonly dueMs: number;
}

/** How a broker claims a delivery. */
export interface TakeOptions {
  /** Names this taking; never used again. */
  readonly claim: string;
  readonly count: number;
  /** Deliveries under way to one group at once. */
  readonly perGroup: number;
  /** Those of this taker that are under way. */
  readonly busy: ReadonlyMap<string, number>;
  readonly claimMs: number;
}

/** Deliveries that wait for one receiver. */
export interface WaitingDeliveries {
  /** Sessions' lanes in which something waits, or is under way. */
  readonly lanes: number;
  readonly dead: number;
}

/** Deliveries of one lane that may wait; more are dropped. A lane waits for three hours at most. */
export const MAX_IN_LANE = 1_000;
/** Lanes that may be there; what would make more is dropped. */
export const MAX_LANES = 100_000;
/**
 * Wills that may be there, one a session: more sessions than a fleet on one Redis has. Some 600 bytes each; one more is
 * dropped.
 */
export const MAX_WILLS = 1_000_000;
/** Deliveries that were given up and are still remembered. */
export const MAX_DEAD = 10_000;

/**
 * Events that wait for receivers, for all processes of a fleet: edges append them, brokers take them and report the result.
 * Each call is atomic. Lanes keep their order: while the first delivery of a lane is in progress or waits for another try,
 * those after it wait too. When a broker dies, the deliveries that it had taken come again after their claim expires: at least
 * once, never lost. Errors: `unavailable` and `timeout` if the store is not available.
 */
export interface WebhookQueue {
  /** Whether there was room. */
  append(delivery: Delivery): Promise<boolean>;
  /**
   * Stores the event for a session's end, however it ends; replaces the previous one, unless that has a newer `generation`. Its
   * `at` is ignored. Returns whether there was room.
   */
  setWill(session: string, deliveries: readonly Delivery[], generation: number): Promise<boolean>;
  /**
   * Appends a session's will, as of `at`; how many deliveries that were. A second time: none. With `generation`, for a home whose
   * session has ended: none either where a newer home has left another will, for then it is that one's to say.
   */
  runWill(session: string, at: number, generation?: number): Promise<number>;
  /** Sessions with a will, some at a time: give the answer's `next` to go on; without one, all were looked at. */
  listWills(after: string | undefined): Promise<{ readonly sessions: readonly string[]; readonly next?: string }>;

  /** The first deliveries of lanes that are due, those first that have waited longest. */
  take(kind: HookKind, options: TakeOptions): Promise<Due>;
  /**
   * Calls `listener` when a lane has become due because something was appended, in any process; not for what `take` has
   * reported. A call may be lost, so takers must still check from time to time.
   */
  onDue(listener: (kind: HookKind) => void): Promise<Disposable>;
  /** It has arrived. False, as for the two below, when the claim had run out: then it comes again, or somebody has it. */
  settle(taken: Taken): Promise<boolean>;
  /** It must be tried again. */
  postpone(taken: Taken, waitMs: number): Promise<boolean>;
  /** It will not arrive: it is remembered as dead. */
  bury(taken: Taken, why: string): Promise<boolean>;

  /** Those given up, newest first. */
  listDead(page: { readonly before?: string | undefined; readonly limit: number }): Promise<readonly DeadDelivery[]>;
  /** Puts one at the end of its lane again. False when it is not there. */
  revive(entry: string): Promise<boolean>;
  dropDead(entry: string): Promise<boolean>;
  waiting(): Promise<WaitingDeliveries>;
  /** Receivers of a kind that something waits for, those first that are due first; `limit` at most. */
  listReceivers(kind: HookKind, limit: number): Promise<readonly WaitingReceiver[]>;
}
