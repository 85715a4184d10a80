import type { Clock } from '#kernel';
import type { AuditEvent, EventLog } from './events.js';
import type { EventChains } from './evidence/event-chain.js';

/** Most events that wait for their store; beyond that, they are dropped, and their number is recorded as an event. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;

/** What an `EventWriter` does besides. */
export interface EventWriterOptions {
  /** Signs each event that will be stored. */
  readonly chains?: Pick<EventChains, 'add'> | undefined;
  /** Hears of every event at once, also of those that are dropped, which are not signed. */
  readonly heard?: ((event: AuditEvent) => void) | undefined;
}

/** Writes events in their order, while nobody waits for it. If the store is not available, they wait, up to a limit. */
export class EventWriter {
  #waiting: AuditEvent[] = [];
  #dropped = 0;
  #writing = false;

  constructor(
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly failed: (error: unknown) => void,
    private readonly options: EventWriterOptions = {},
  ) {}

  /** Notes what happened now. */
  note(type: string, about: Omit<AuditEvent, 'at' | 'type' | 'details'>, details: AuditEvent['details'] = {}): void {
    const event = { at: this.clock.now(), type, ...about, details };
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1;
      this.options.heard?.(event);
      return;
    }
    this.#add(event);
    void this.#write();
  }

  #add(event: AuditEvent): void {
    const kept = this.options.chains?.add(event) ?? event;
    this.#waiting.push(kept);
    this.options.heard?.(kept);
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      for (let event = this.#waiting[0]; event !== undefined; event = this.#waiting[0]) {
        await this.log.append(event);
        this.#waiting.shift();
        this.#tellDropped();
      }
    } catch (error) {
      this.failed(error);
      this.clock.after(RETRY_MS, () => void this.#write());
    } finally {
      this.#writing = false;
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#add({ at: this.clock.now(), type: 'events-lost', details: { count: String(this.#dropped) } });
    this.#dropped = 0;
  }
}
