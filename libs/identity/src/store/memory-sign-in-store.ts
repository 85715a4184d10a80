import { forgetOldest, type Clock } from '#kernel';
import type { SignInId, SignInKind, SignInStore } from './sign-in-store.js';

/** Texts of one kind, a few hundred bytes each; when there are more, the oldest are forgotten: those people sign in again. */
export const MAX_KEPT_SIGN_INS = 20_000;

interface Kept {
  readonly text: string;
  /** By the clock's time since the epoch. */
  readonly until: number;
}

/** The sign-ins of a single process; a restart forgets them. */
export class MemorySignInStore implements SignInStore {
  readonly #kept = new Map<SignInKind, Map<SignInId, Kept>>();

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  async get(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    return this.#find(kind, id);
  }

  async put(kind: SignInKind, id: SignInId, text: string, forMs: number): Promise<void> {
    const kept = this.#of(kind);
    kept.delete(id);
    kept.set(id, { text, until: this.clock.now() + forMs });
    forgetOldest(kept, MAX_KEPT_SIGN_INS);
  }

  async take(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    const text = this.#find(kind, id);
    this.#of(kind).delete(id);
    return text;
  }

  async drop(kind: SignInKind, id: SignInId): Promise<void> {
    this.#of(kind).delete(id);
  }

  #find(kind: SignInKind, id: SignInId): string | undefined {
    const found = this.#of(kind).get(id);
    if (found === undefined || found.until > this.clock.now()) return found?.text;
    this.#of(kind).delete(id);
    return undefined;
  }

  #of(kind: SignInKind): Map<SignInId, Kept> {
    let kept = this.#kept.get(kind);
    if (kept === undefined) this.#kept.set(kind, (kept = new Map()));
    return kept;
  }
}
