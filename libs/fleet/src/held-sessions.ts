import type { SessionPolicy, Stay } from '#access';
import type { HomeSession } from '#session';
import type { TokenHash } from '#directory';
import type { Generation, Role, SessionId } from '#kernel';
import type { SessionMemory } from './session-memory.js';

/** A session whose home this edge is, with what is kept of it beside. */
export interface Held {
  readonly session: HomeSession;
  policy: () => SessionPolicy;
  labels: () => Readonly<Record<string, string>>;
  hashes: Readonly<Record<Role, TokenHash>>;
  /** What holds for the session over all connections of its host. */
  readonly memory: SessionMemory;
  /** The generation whose host was connected in the last round. */
  seenGeneration?: Generation | undefined;
  /** Counts it, where sessions are counted. */
  readonly stay: Stay | undefined;
}

/** The sessions whose home this edge is, by their ids and their tokens. */
export class HeldSessions {
  readonly #byId = new Map<SessionId, Held>();
  readonly #tokens = new Map<TokenHash, { readonly held: Held; readonly role: Role }>();

  get size(): number {
    return this.#byId.size;
  }

  get all(): readonly Held[] {
    return [...this.#byId.values()];
  }

  get(id: SessionId): Held | undefined {
    return this.#byId.get(id);
  }

  /** The session that a token leads to, and as what. */
  byToken(hash: TokenHash): { readonly held: Held; readonly role: Role } | undefined {
    return this.#tokens.get(hash);
  }

  add(held: Held): void {
    this.#byId.set(held.session.id, held);
    this.#index(held);
  }

  /** The session has other tokens: those that it had lead nowhere. */
  replaceTokens(held: Held, hashes: Held['hashes']): void {
    for (const hash of Object.values(held.hashes)) this.#tokens.delete(hash);
    held.hashes = hashes;
    this.#index(held);
  }

  /** Whether `session` is held, and not another of its id. */
  has(session: HomeSession): boolean {
    return this.#byId.get(session.id)?.session === session;
  }

  remove(session: HomeSession): void {
    const held = this.#byId.get(session.id);
    if (held?.session !== session) return;
    this.#byId.delete(session.id);
    held.stay?.leave();
    for (const hash of Object.values(held.hashes)) this.#tokens.delete(hash);
  }

  #index(held: Held): void {
    for (const role of ['writer', 'reader'] as const) this.#tokens.set(held.hashes[role], { held, role });
  }
}
