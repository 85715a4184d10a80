/** What happened, for operators and auditors. It never holds a token, nor anything that was shown or typed. */
export interface AuditEvent {
  /** In ms since the epoch. */
  readonly at: number;
  /** `session-opened`, `joined`, `key-added`, … */
  readonly type: string;
  readonly session?: string;
  /** The actor: `admin`, `user:ada`, an edge's id. */
  readonly by?: string;
  /** What else there is to know, in short texts. */
  readonly details: Readonly<Record<string, string>>;
  /** Its place among the events of its process, signed; older versions wrote none. */
  readonly chain?: ChainLink;
}

/** Where an event stands in its chain. */
export interface ChainLink {
  /** The chain's: 16 random characters, new whenever a process starts. */
  readonly id: string;
  /** From 1 on, without gaps. */
  readonly number: number;
  /** The hash of the event before it in this chain, base64url; empty for the first. */
  readonly before: string;
  /** When that one happened, in ms since the epoch; 0 for the first. */
  readonly beforeAt: number;
  /** Ed25519 over the event and all of the above, base64url. */
  readonly signature: string;
}

/** An event with its place in the log. */
export interface StoredEvent extends AuditEvent {
  /** Names it, and orders all by when they came: two numbers, `1700000000000-0`. */
  readonly id: string;
}

/** Which events; fields that are left out match any. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly session?: string | undefined;
  /** Whose acts, and what is of that user: by `user:NAME`, or with NAME as the detail `user`. */
  readonly user?: string | undefined;
  /** Times in ms since the epoch, both included. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** Which events to list, and from where. */
export interface EventPage extends EventFilter {
  /** Only events that came before this id; undefined begins with the newest. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** A page of events, newest first. */
export interface FoundEvents {
  readonly events: readonly StoredEvent[];
  /** Where to continue, if there may be more, even if none was found among the thousands that were read. */
  readonly next: string | undefined;
}

/** How many events are kept; older ones make room. */
export const MAX_EVENTS = 100_000;
/** Somebody was not let in. These are kept apart, so that a flood of them flushes out nothing else. */
export const REFUSED = 'refused';
/** Refusals that are kept, in a separate list; the oldest are dropped first. */
export const MAX_REFUSALS = 20_000;
/** Events that are looked at for one page of a filter. */
export const MAX_LOOKED_AT = 5_000;

/**
 * What happened lately, newest first; it forgets the oldest. Refusals are kept apart: among others of the same millisecond
 * they may stand anywhere.
 */
export interface EventLog {
  append(event: AuditEvent): Promise<void>;
  list(page: EventPage): Promise<FoundEvents>;
  /** The oldest events that came after the one with the id `after`, oldest first, at least `limit` if there are as many. */
  oldest(after: string | undefined, limit: number): Promise<readonly StoredEvent[]>;
  /** Forgets what happened before `at` (ms since the epoch); how much that was, as far as it is known. */
  forgetBefore(at: number): Promise<number>;
}

/** An id of an event, as Redis makes them. */
export const isEventId = (text: string): boolean => /^\d{1,15}-\d{1,10}$/.test(text);

/** Whether an event is one of those that a filter wants. */
export function isWanted(event: AuditEvent, { type, session, user, from, until }: EventFilter): boolean {
  if (type !== undefined && event.type !== type) return false;
  if (session !== undefined && event.session !== session) return false;
  if (user !== undefined && event.by !== `user:${user}` && event.details['user'] !== user) return false;
  return (from === undefined || event.at >= from) && (until === undefined || event.at <= until);
}
