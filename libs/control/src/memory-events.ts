import {
  isWanted,
  REFUSED,
  type AuditEvent,
  type EventLog,
  type EventPage,
  type FoundEvents,
  type StoredEvent,
} from './events.js';

/** The events of a single process: fewer than Redis keeps, about 300 bytes each. */
const DEFAULT_KEPT = 10_000;

/** The events of a single process, lost when it ends. */
export class MemoryEvents implements EventLog {
  /** Oldest first. */
  #events: StoredEvent[] = [];
  #refusals: StoredEvent[] = [];
  #count = 0;

  constructor(private readonly kept = DEFAULT_KEPT) {}

  async append(event: AuditEvent): Promise<void> {
    this.#count += 1;
    const stored = { ...event, id: `${this.#count}-0` };
    if (event.type === REFUSED) this.#refusals = this.#cut(this.#refusals, stored);
    else this.#events = this.#cut(this.#events, stored);
  }

  async list({ before, limit, ...filter }: EventPage): Promise<FoundEvents> {
    const until = before === undefined ? Infinity : number(before);
    const found = [...this.#events, ...this.#refusals]
      .filter((event) => number(event.id) < until && isWanted(event, filter))
      .sort((a, b) => number(b.id) - number(a.id))
      .slice(0, limit);
    return { events: found, next: found.length < limit ? undefined : found.at(-1)?.id };
  }

  async oldest(after: string | undefined, limit: number): Promise<readonly StoredEvent[]> {
    const from = after === undefined ? 0 : number(after);
    return [...this.#events, ...this.#refusals]
      .filter((event) => number(event.id) > from)
      .sort((a, b) => number(a.id) - number(b.id))
      .slice(0, limit);
  }

  async forgetBefore(at: number): Promise<number> {
    const before = this.#events.length + this.#refusals.length;
    this.#events = this.#events.filter((event) => event.at >= at);
    this.#refusals = this.#refusals.filter((event) => event.at >= at);
    return before - this.#events.length - this.#refusals.length;
  }

  /** Cut in pieces: to move the rest for every event would cost more than to keep it. */
  #cut(events: StoredEvent[], added: StoredEvent): StoredEvent[] {
    events.push(added);
    return events.length >= this.kept * 1.25 ? events.slice(-this.kept) : events;
  }
}

const number = (id: string): number => Number.parseInt(id, 10);
