import { readSignOuts, SignOuts, writeSignOuts, type SignOut } from '#access';
import { Emitter, ShipmateError, type Clock, type Disposable } from '#kernel';
import type { Bus } from '#relay';
import { FleetCopy, type FleetCopyDeps } from './fleet-copy.js';
import type { TextStore } from './text-store.js';

/** Where the sign-outs of one region are kept and announced. */
export interface SignOutsPlace {
  readonly store: TextStore;
  readonly bus: Bus;
}

/** What `FleetSignOuts` needs. */
export interface FleetSignOutsDeps extends SignOutsPlace {
  /** Those of the other regions, if each has its own, and when they are there: a provider calls one region only. */
  readonly others: readonly (SignOutsPlace & { readonly there: Promise<unknown> })[];
  readonly clock: Clock;
  /** A store is away, or cannot be read: what is known stays. */
  failed(error: unknown): void;
}

/** The latest sign-outs of all regions, as this process follows them, so that the seats of people who are inside can end. */
export class FleetSignOuts implements Disposable {
  readonly #changed = new Emitter<undefined>();
  readonly #all: readonly FleetCopy<SignOuts>[];
  #list = new SignOuts();
  /** What waits for the change that is under way: many sign-outs at once are few changes. */
  #pending: SignOut[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly own: FleetCopy<SignOuts>,
    others: readonly FleetCopy<SignOuts>[],
  ) {
    this.#all = [own, ...others];
    for (const copy of this.#all) copy.onChange(() => this.#merge());
    this.#merge();
  }

  /** Throws `unavailable` if this region's store is away, and `config` if it cannot be read. */
  static async open(deps: FleetSignOutsDeps): Promise<FleetSignOuts> {
    const { others, clock } = deps;
    const at = ({ store, bus }: SignOutsPlace): FleetCopyDeps<SignOuts> => ({
      store,
      bus,
      clock,
      channel: 'shipmate:sign-outs',
      read,
      write: writeSignOuts,
      changed: () => undefined,
      failed: (error) => deps.failed(error),
    });
    const own = await FleetCopy.open(at(deps));
    return new FleetSignOuts(
      own,
      others.map((other) => FleetCopy.follow(at(other), other.there)),
    );
  }

  get list(): SignOuts {
    return this.#list;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): Disposable {
    return this.#changed.on(listener);
  }

  /** Tells every process of a sign-out. Throws `unavailable` if the store is away. */
  async add(...outs: readonly SignOut[]): Promise<void> {
    this.#pending.push(...outs);
    this.#next ??= this.#last.then(async () => {
      this.#next = undefined;
      const taken = this.#pending.splice(0);
      const changed = this.own.change((before) => before.with(taken));
      this.#last = changed.catch(() => undefined);
      await changed;
    });
    await this.#next;
  }

  dispose(): void {
    for (const copy of this.#all) copy.dispose();
  }

  #merge(): void {
    this.#list = new SignOuts(this.#all.flatMap(({ value }) => value.all));
    this.#changed.fire(undefined);
  }
}

function read(text: string): SignOuts {
  const outs = readSignOuts(text);
  if (outs === undefined) throw new ShipmateError('config', 'the sign-outs in the store cannot be read');
  return outs;
}
