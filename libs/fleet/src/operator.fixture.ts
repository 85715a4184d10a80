import {
  mayHost,
  NO_POLICY,
  PersonLocks,
  readOperatorPolicy,
  rulesFor,
  SignOuts,
  type Identity,
  type PersonLock,
  type SignOut,
} from '#access';
import { Emitter, type Disposable } from '#kernel';
import type { LockedPeople, OperatorDemands, SignedOutPeople } from './edge-deps.js';

/** An operator whose policy a test changes. */
export class Operator implements OperatorDemands {
  readonly #changed = new Emitter<undefined>();
  #policy = NO_POLICY;

  mayHost(host: Identity | undefined): boolean {
    return mayHost(this.#policy, host);
  }

  rulesFor(host: Identity | undefined) {
    return rulesFor(this.#policy, host);
  }

  onChange(listener: () => void): Disposable {
    return this.#changed.on(listener);
  }

  /** Puts another policy in force; empty: none. */
  demand(text: string): void {
    const read = readOperatorPolicy(text);
    if ('faults' in read) throw new Error(read.faults.join());
    this.#policy = read.policy;
    this.#changed.fire(undefined);
  }
}

/** An operator's locks, as one copy that each edge would have. */
export class Locks implements LockedPeople {
  readonly #changed = new Emitter<undefined>();
  list = new PersonLocks();

  onChange(listener: () => void): Disposable {
    return this.#changed.on(listener);
  }

  /** Replaces all locks. */
  set(...all: readonly PersonLock[]): void {
    this.list = new PersonLocks(all);
    this.#changed.fire(undefined);
  }
}

/** Sign-outs, as one copy that each edge would have. */
export class Outs implements SignedOutPeople {
  readonly #changed = new Emitter<undefined>();
  list = new SignOuts();

  onChange(listener: () => void): Disposable {
    return this.#changed.on(listener);
  }

  async add(...outs: readonly SignOut[]): Promise<void> {
    this.list = this.list.with(outs);
    this.#changed.fire(undefined);
    await Promise.resolve();
  }
}
