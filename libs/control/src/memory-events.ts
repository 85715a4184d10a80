import type { AuditEvent, EventLog, EventPage, StoredEvent } from './events.js';

/** The events of a single process: fewer than Redis keeps, some 300 bytes each. */
const DEFAULT_KEPT = 10_000;

export class MemoryEvents implements EventLog {
  /** Oldest first. */
  #events: StoredEvent[] = [];
  #count = 0;

  constructor(private readonly kept = DEFAULT_KEPT) {}

  async append(event: AuditEvent): Promise<void> {
    this.#count += 1;
    this.#events.push({ ...event, id: `${this.#count}-0` });
    // Cut in pieces: to move the rest for every event would cost more than to keep it.
    if (this.#events.length >= this.kept * 1.25) this.#events = this.#events.slice(-this.kept);
  }

  async list({ before, limit }: EventPage): Promise<readonly StoredEvent[]> {
    const until = before === undefined ? Infinity : Number.parseInt(before, 10);
    const found: StoredEvent[] = [];
    for (let at = this.#events.length - 1; at >= 0 && found.length < limit; at--) {
      const event = this.#events[at];
      if (event !== undefined && Number.parseInt(event.id, 10) < until) found.push(event);
    }
    return found;
  }
}
