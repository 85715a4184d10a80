import type { BusListener } from '#relay';

/** One subscription of a listener to a channel. */
export interface Entry {
  readonly listener: BusListener;
  /** It was in force once: after a loss, this listener has missed something. */
  inForce: boolean;
  /** Told when it is in force for the first time. */
  readonly entered: () => void;
}

/** A channel with at least one listener in this process. */
export class Channel {
  readonly #entries = new Set<Entry>();
  /** The last listener, after nobody is left: Redis may not know that yet. */
  #former: Entry | undefined;
  #in = false;
  /** Why Redis did not take the subscription; undefined where it did, or has not been asked. */
  why: Error | undefined;
  /** Something may have been missed, and the listeners have not been notified yet. */
  #missed = false;

  constructor(readonly name: string) {}

  get empty(): boolean {
    return this.#entries.size === 0;
  }

  /** Whether Redis has confirmed the subscription, and nothing has broken it since. */
  get inForce(): boolean {
    return this.#in;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    this.#former = undefined;
    if (!this.#in) return;
    entry.inForce = true;
    entry.entered();
  }

  remove(entry: Entry): void {
    if (this.#entries.delete(entry) && this.empty && entry.inForce) this.#former = entry;
  }

  /** Redis has confirmed the subscription. */
  confirm(): void {
    this.#in = true;
    this.why = undefined;
    this.#tellMissed();
    for (const entry of this.#entries) {
      if (entry.inForce) continue;
      entry.inForce = true;
      entry.entered();
    }
  }

  /** The subscription is broken; it will be made again. */
  lose(): void {
    const broke = this.#in;
    this.#missed ||= broke;
    this.#in = false;
    if (broke) for (const { listener } of this.#entries) listener.lost?.();
  }

  deliver(bytes: Uint8Array): void {
    // A message may be read before the confirmation that came in front of it has been worked on.
    this.#tellMissed();
    for (const entry of this.#entries) entry.listener.message(bytes);
  }

  /** A message of a subscription that is being ended. */
  deliverLate(bytes: Uint8Array): void {
    this.#former?.listener.late?.(bytes);
  }

  #tellMissed(): void {
    if (!this.#missed) return;
    this.#missed = false;
    for (const { inForce, listener } of this.#entries) if (inForce) listener.interrupted?.();
  }
}
