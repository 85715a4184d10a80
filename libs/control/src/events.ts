/** What happened, for operators and auditors. It never holds a token, nor anything that was shown or typed. */
export interface AuditEvent {
  /** In ms since the epoch. */
  readonly at: number;
  /** `session-opened`, `joined`, `key-added`, … */
  readonly type: string;
  readonly session?: string;
  /** Who did it: `admin`, `user:ada`, an edge's id. */
  readonly by?: string;
  /** What else there is to know, in short texts. */
  readonly details: Readonly<Record<string, string>>;
}

export interface StoredEvent extends AuditEvent {
  /** Names it, and orders all by when they came: two numbers, `1700000000000-0`. */
  readonly id: string;
}

export interface EventPage {
  /** Only events that came before this id; undefined begins with the newest. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** How many events are kept; older ones make room. */
export const MAX_EVENTS = 100_000;

/** What happened lately, newest first; it forgets the oldest. */
export interface EventLog {
  append(event: AuditEvent): Promise<void>;
  list(page: EventPage): Promise<readonly StoredEvent[]>;
}

/** An id of an event, as Redis makes them. */
export const isEventId = (text: string): boolean => /^\d{1,15}-\d{1,10}$/.test(text);
