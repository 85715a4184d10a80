import type { SessionPolicy, Stay } from '#access';
import type { HomeSession } from '#session';
import type { TokenHash } from '#directory';
import type { Generation, Role, SessionId } from '#kernel';
import type { SessionMemory } from './session-memory.js';

/** A session whose home this edge is, with the data that is kept next to it. */
export interface LocalSession {
  readonly session: HomeSession;
  policy: () => SessionPolicy;
  labels: () => Readonly<Record<string, string>>;
  hashes: Readonly<Record<Role, TokenHash>>;
  /** What applies to the session across all connections of its host. */
  readonly memory: SessionMemory;
  /** The generation whose host was connected in the last round. */
  seenGeneration?: Generation | undefined;
  /** Counts it, if sessions are counted. */
  readonly quota: Stay | undefined;
}

/** The sessions whose home this edge is, by their ids and their tokens. */
export class LocalSessions {
  readonly #byId = new Map<SessionId, LocalSession>();
  readonly #tokens = new Map<TokenHash, { readonly held: LocalSession; readonly role: Role }>();

  get size(): number {
    return this.#byId.size;
  }

  get all(): readonly LocalSession[] {
    return [...this.#byId.values()];
  }

  get(id: SessionId): LocalSession | undefined {
    return this.#byId.get(id);
  }

  /** The session that a token leads to, and as what. */
  byToken(hash: TokenHash): { readonly held: LocalSession; readonly role: Role } | undefined {
    return this.#tokens.get(hash);
  }

  add(held: LocalSession): void {
    this.#byId.set(held.session.id, held);
    this.#index(held);
  }

  /** The session has new tokens: its old ones lead nowhere. */
  replaceTokens(held: LocalSession, hashes: LocalSession['hashes']): void {
    for (const hash of Object.values(held.hashes)) this.#tokens.delete(hash);
    held.hashes = hashes;
    this.#index(held);
  }

  /** Whether this very `session` is held, not another one with its id. */
  has(session: HomeSession): boolean {
    return this.#byId.get(session.id)?.session === session;
  }

  remove(session: HomeSession): void {
    const held = this.#byId.get(session.id);
    if (held?.session !== session) return;
    this.#byId.delete(session.id);
    held.quota?.leave();
    for (const hash of Object.values(held.hashes)) this.#tokens.delete(hash);
  }

  #index(held: LocalSession): void {
    for (const role of ['writer', 'reader'] as const) this.#tokens.set(held.hashes[role], { held, role });
  }
}
