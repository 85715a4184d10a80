import {
  MAX_PERSON_LOCKS,
  PersonLocks,
  readPersonLocks,
  writePersonLocks,
  type LockWho,
  type PersonLock,
} from '#access';
import { ShipmateError, type Clock, type Disposable } from '#kernel';
import type { Bus } from '#relay';
import { FleetCopy } from './fleet-copy.js';
import type { TextStore } from './text-store.js';

/** Who hears of the locks. */
export interface LocksObserver {
  /** Other locks are in force: so many. */
  changed(count: number): void;
  /** The store is away, or cannot be read: the locks before stay in force. */
  failed(error: unknown): void;
}

export interface FleetLocksDeps {
  readonly store: TextStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: LocksObserver;
}

/**
 * Whom the operator has locked out, as this process follows it: kept for the fleet, with a copy here that counts while the store is
 * away.
 */
export class FleetLocks implements Disposable {
  private constructor(
    private readonly clock: Clock,
    private readonly copy: FleetCopy<PersonLocks>,
  ) {}

  /** Throws `unavailable` if the store is away, and `config` if it cannot be read. */
  static async open({ store, bus, clock, observer }: FleetLocksDeps): Promise<FleetLocks> {
    const copy = await FleetCopy.open<PersonLocks>({
      store,
      bus,
      clock,
      channel: 'shipmate:locks',
      read: readLocks,
      write: writePersonLocks,
      changed: ({ all }) => observer.changed(all.length),
      failed: (error) => observer.failed(error),
    });
    return new FleetLocks(clock, copy);
  }

  get list(): PersonLocks {
    return this.copy.value;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable {
    return this.copy.onChange(listener);
  }

  /**
   * Locks somebody, in place of an earlier lock of the same person. Throws `limit` if there are too many, and `unavailable` if the
   * store is away; then nothing is changed.
   */
  async add(lock: PersonLock): Promise<void> {
    await this.copy.change((locks) => {
      const next = locks.with(lock, this.clock.now());
      if (next !== undefined) return next;
      throw new ShipmateError('limit', `a fleet has at most ${MAX_PERSON_LOCKS} locks: lift some first`);
    });
  }

  /** Lifts a lock; false if there is none. Throws `unavailable` if the store is away. */
  async remove(who: LockWho): Promise<boolean> {
    let found = false;
    await this.copy.change((locks) => {
      const left = locks.without(who, this.clock.now());
      found = left !== undefined;
      return left ?? locks;
    });
    return found;
  }

  dispose(): void {
    this.copy.dispose();
  }
}

function readLocks(text: string): PersonLocks {
  const locks = readPersonLocks(text);
  if (locks === undefined) throw new ShipmateError('config', "the operator's locks in the store cannot be read");
  return locks;
}
