import type { Sealer } from '#control';
import type { SignInId, SignInKind, SignInStore } from './sign-in-store.js';

/** A store whose texts are sealed: they say who people are. What cannot be opened is not there. */
export class SealedSignInStore implements SignInStore {
  constructor(
    private readonly store: SignInStore,
    private readonly sealer: Sealer,
  ) {}

  async get(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    return this.#open(kind, id, await this.store.get(kind, id));
  }

  async put(kind: SignInKind, id: SignInId, text: string, forMs: number): Promise<void> {
    await this.store.put(kind, id, this.sealer.seal(`${kind} ${id}`, text), forMs);
  }

  async take(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    return this.#open(kind, id, await this.store.take(kind, id));
  }

  async drop(kind: SignInKind, id: SignInId): Promise<void> {
    await this.store.drop(kind, id);
  }

  #open(kind: SignInKind, id: SignInId, sealed: string | undefined): string | undefined {
    return sealed === undefined ? undefined : this.sealer.open(`${kind} ${id}`, sealed);
  }
}
