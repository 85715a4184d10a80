import {
  MAX_PERSON_LOCKS,
  PersonLocks,
  readPersonLocks,
  writePersonLocks,
  type LockWho,
  type PersonLock,
} from '#access';
import { Emitter, ShipmateError, Timeout, type Clock, type Disposable } from '#kernel';
import type { Bus } from '#relay';
import type { LockStore } from './lock-store.js';

/** How often the store is read without a message, in ms: a message may be lost. */
const STORE_MS = 30_000;
/** Where processes hear that the locks were changed. */
const CHANNEL = 'shipmate:locks';

/** Who hears of the locks. */
export interface LocksObserver {
  /** Other locks are in force: so many. */
  changed(count: number): void;
  /** The store is away, or cannot be read: the locks before stay in force. */
  failed(error: unknown): void;
}

export interface FleetLocksDeps {
  readonly store: LockStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: LocksObserver;
}

/**
 * Whom the operator has locked out, as this process follows it: kept for the fleet, with a copy here that counts while the store is
 * away.
 */
export class FleetLocks implements Disposable {
  readonly #changed = new Emitter<undefined>();
  readonly #next: Timeout;
  #list = new PersonLocks();
  /** The text that is in force. */
  #text = '';
  #subscription: Disposable | undefined;
  /** Counts what was read and written, so that an earlier answer does not replace a later one. */
  #turn = 0;

  private constructor(private readonly deps: FleetLocksDeps) {
    this.#next = new Timeout(deps.clock);
  }

  /** Throws `unavailable` if the store is away, and `config` if it cannot be read. */
  static async open(deps: FleetLocksDeps): Promise<FleetLocks> {
    const locks = new FleetLocks(deps);
    const again = (): void => void locks.#look();
    locks.#subscription = await deps.bus.subscribe(CHANNEL, { message: again, interrupted: again });
    locks.#take((await deps.store.read()) ?? '');
    locks.#lookLater();
    return locks;
  }

  get list(): PersonLocks {
    return this.#list;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable {
    return this.#changed.on(listener);
  }

  /**
   * Locks somebody, in place of an earlier lock of the same person. Throws `limit` if there are too many, and `unavailable` if the
   * store is away; then nothing is changed.
   */
  async add(lock: PersonLock): Promise<void> {
    await this.#change((locks) => {
      const next = locks.with(lock, this.deps.clock.now());
      if (next !== undefined) return next;
      throw new ShipmateError('limit', `a fleet has at most ${MAX_PERSON_LOCKS} locks: lift some first`);
    });
  }

  /** Lifts a lock; false if there is none. Throws `unavailable` if the store is away. */
  async remove(who: LockWho): Promise<boolean> {
    let found = false;
    await this.#change((locks) => {
      const left = locks.without(who, this.deps.clock.now());
      found = left !== undefined;
      return left ?? locks;
    });
    return found;
  }

  dispose(): void {
    this.#next.cancel();
    this.#subscription?.dispose();
    this.#subscription = undefined;
  }

  async #change(make: (locks: PersonLocks) => PersonLocks): Promise<void> {
    const text = await this.deps.store.change((before) => writePersonLocks(make(readLocks(before ?? ''))));
    this.#turn += 1;
    this.#take(text);
    // The others read it again by themselves if this is lost.
    await this.deps.bus.publish(CHANNEL, new Uint8Array(1));
  }

  #lookLater(): void {
    this.#next.start(STORE_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const text = (await this.deps.store.read()) ?? '';
      if (turn === this.#turn) this.#take(text);
    } catch (error) {
      this.deps.observer.failed(error);
    }
    if (this.#subscription !== undefined) this.#lookLater();
  }

  #take(text: string): void {
    if (text === this.#text) return;
    this.#list = readLocks(text);
    this.#text = text;
    this.deps.observer.changed(this.#list.all.length);
    this.#changed.fire(undefined);
  }
}

function readLocks(text: string): PersonLocks {
  const locks = readPersonLocks(text);
  if (locks === undefined) throw new ShipmateError('config', "the operator's locks in the store cannot be read");
  return locks;
}
