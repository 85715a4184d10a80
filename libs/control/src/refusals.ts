import type { Clock } from '#kernel';
import { REFUSED, type AuditEvent } from './events.js';

/** For one reason and address, one event reports all refusals within this time, in ms. */
const WINDOW_MS = 60_000;
/** Addresses and reasons that are reported separately in one window; the others are reported together. */
const MOST_APART = 20;
const OTHERS = 'others';

interface Count {
  readonly about: Readonly<Record<string, string>>;
  count: number;
}

/**
 * Notes who was not let in: the first time at once, then once a minute with how often. However many there are, they come to some
 * twenty events a minute.
 */
export class Refusals {
  readonly #counts = new Map<string, Count>();
  #waiting = false;

  constructor(
    private readonly events: {
      note(type: string, about: Pick<AuditEvent, 'by'>, details: AuditEvent['details']): void;
    },
    private readonly clock: Clock,
    /** Which process saw it. */
    private readonly by: string,
  ) {}

  /** `reason` is one of few words. */
  note(reason: string, address: string, transport: string): void {
    const key = `${transport} ${reason} ${address}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#counts.size < MOST_APART) {
      this.#counts.set(key, { about: { reason, address, transport }, count: 0 });
      this.#tell({ reason, address, transport }, 1);
    } else {
      const others = this.#counts.get(OTHERS) ?? {
        about: { reason: 'many', address: OTHERS, transport: 'any' },
        count: 0,
      };
      others.count += 1;
      this.#counts.set(OTHERS, others);
    }
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.clock.after(WINDOW_MS, () => {
      this.#waiting = false;
      const counts = [...this.#counts];
      this.#counts.clear();
      for (const [key, { about, count }] of counts) {
        if (count === 0) continue;
        this.#tell(about, count);
        // An address that continues is not reported again at once.
        if (key !== OTHERS) this.#counts.set(key, { about, count: 0 });
      }
      if (this.#counts.size > 0) this.#flushLater();
    });
  }

  #tell(about: Readonly<Record<string, string>>, count: number): void {
    this.events.note(REFUSED, { by: this.by }, { ...about, count: String(count) });
  }
}
