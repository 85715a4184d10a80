import { Emitter, Timeout, type Clock, type Disposable } from '#kernel';
import type { Bus } from '#relay';
import type { TextStore } from './text-store.js';

/** How often the store is read without a message, in ms: a message may be lost. */
const STORE_MS = 30_000;

/** What `FleetCopy` needs. */
export interface FleetCopyDeps<T> {
  readonly store: TextStore;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Where processes hear that the text was changed. */
  readonly channel: string;
  /** What a text says; throws `config` if this build does not understand it. The empty text says what is there at the start. */
  readonly read: (text: string) => T;
  readonly write: (value: T) => string;
  /** Another value is there. */
  changed(value: T): void;
  /** The store is away, or cannot be read: the value before stays. */
  failed(error: unknown): void;
}

/** Something small that a fleet shares, as this process follows it: a text in a store, with a copy here that counts while that is away. */
export class FleetCopy<T> implements Disposable {
  readonly #listeners = new Emitter<undefined>();
  readonly #next: Timeout;
  #value: T;
  /** The text that says it. */
  #text = '';
  #subscription: Disposable | undefined;
  /** Counts what was read and written, so that an earlier answer does not replace a later one. */
  #turn = 0;
  #looking = false;
  /** Something has changed since the look that is under way began. */
  #lookAgain = false;
  #disposed = false;

  private constructor(private readonly deps: FleetCopyDeps<T>) {
    this.#next = new Timeout(deps.clock);
    this.#value = deps.read('');
  }

  /** Throws `unavailable` if the store is away, and `config` if it cannot be read. */
  static async open<T>(deps: FleetCopyDeps<T>): Promise<FleetCopy<T>> {
    const copy = new FleetCopy(deps);
    await copy.#subscribe();
    copy.#take((await deps.store.read()) ?? '');
    copy.#lookLater();
    return copy;
  }

  /** The same, for a store that may be missing at the start; it is read once it is `there`. */
  static follow<T>(deps: FleetCopyDeps<T>, there: Promise<unknown>): FleetCopy<T> {
    const copy = new FleetCopy(deps);
    void there.then(async () => await copy.#look());
    return copy;
  }

  get value(): T {
    return this.#value;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable {
    return this.#listeners.on(listener);
  }

  /** Changes the value for everybody. What `make` throws changes nothing. Throws `unavailable` if the store is away. */
  async change(make: (before: T) => T): Promise<void> {
    const { store, bus, channel, read, write } = this.deps;
    const text = await store.change((before) => write(make(read(before ?? ''))));
    this.#turn += 1;
    this.#take(text);
    // The others read it again by themselves if this is lost.
    await bus.publish(channel, new Uint8Array(1));
  }

  dispose(): void {
    this.#disposed = true;
    this.#next.cancel();
    this.#subscription?.dispose();
    this.#subscription = undefined;
  }

  async #subscribe(): Promise<void> {
    const again = (): void => void this.#look();
    const subscription = await this.deps.bus.subscribe(this.deps.channel, { message: again, interrupted: again });
    if (this.#disposed) subscription.dispose();
    else this.#subscription = subscription;
  }

  #lookLater(): void {
    this.#next.start(STORE_MS, () => void this.#look());
  }

  /** Reads the store; many messages at once make two reads at most. */
  async #look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#looking || this.#disposed) return;
    this.#looking = true;
    try {
      if (this.#subscription === undefined) await this.#subscribe();
      while (this.#lookAgain && !this.#disposed) {
        this.#lookAgain = false;
        const turn = ++this.#turn;
        const text = (await this.deps.store.read()) ?? '';
        if (turn === this.#turn) this.#take(text);
      }
    } catch (error) {
      if (!this.#disposed) this.deps.failed(error);
    } finally {
      this.#looking = false;
    }
    if (!this.#disposed) this.#lookLater();
  }

  #take(text: string): void {
    if (text === this.#text) return;
    this.#value = this.deps.read(text);
    this.#text = text;
    this.deps.changed(this.#value);
    this.#listeners.fire(undefined);
  }
}
