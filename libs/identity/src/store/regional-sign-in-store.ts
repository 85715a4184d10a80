import type { SignInId, SignInKind, SignInStore } from './sign-in-store.js';

/**
 * The sign-ins of all regions, where each has its own store. What is kept goes to this region's, and is looked for there first, then in
 * all others at the same time. An end of sign-ins goes to all of them, so that it is found without asking far away.
 *
 * Another region that is away counts as one that has nothing: whoever signed in there signs in again.
 */
export class RegionalSignInStore implements SignInStore {
  constructor(
    private readonly own: SignInStore,
    private readonly others: readonly SignInStore[],
    /** Called with the error when another region is away. */
    private readonly failed: (error: unknown) => void,
  ) {}

  async get(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    const here = await this.own.get(kind, id);
    if (here !== undefined || kind === 'ended') return here;
    return await this.#elsewhere(async (store) => await store.get(kind, id));
  }

  async put(kind: SignInKind, id: SignInId, text: string, forMs: number): Promise<void> {
    await this.own.put(kind, id, text, forMs);
    if (kind === 'ended') await this.#elsewhere(async (store) => await store.put(kind, id, text, forMs));
  }

  /** A text is in one store only, so of several who take, one gets it. */
  async take(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    const here = await this.own.take(kind, id);
    return here ?? (await this.#elsewhere(async (store) => await store.take(kind, id)));
  }

  async drop(kind: SignInKind, id: SignInId): Promise<void> {
    await this.own.drop(kind, id);
    await this.#elsewhere(async (store) => await store.drop(kind, id));
  }

  async #elsewhere(ask: (store: SignInStore) => Promise<string | void>): Promise<string | undefined> {
    const asked = this.others.map(async (store) => {
      try {
        return (await ask(store)) ?? undefined;
      } catch (error) {
        this.failed(error);
        return undefined;
      }
    });
    return (await Promise.all(asked)).find((text) => text !== undefined);
  }
}
