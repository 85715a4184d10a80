import { ROLES, ShipmateError, type Clock, type EdgeId, type Generation, type Role, type SessionId } from '#kernel';
import type { NewSession, Owner, SessionPatch, SessionRecord } from './records.js';
import { RETIRED_TOKEN_MS } from './timings.js';
import type { TokenHash } from './token-hash.js';

/** How much an in-memory directory keeps at most. */
export interface MemoryLimits {
  readonly sessions: number;
  /** Closed sessions; beyond that, the one that was closed first is forgotten early. */
  readonly closed: number;
  readonly names: number;
  /** Tokens that were replaced; beyond that, the one that was replaced first is forgotten early. */
  readonly retired: number;
}

export const DEFAULT_MEMORY_LIMITS: MemoryLimits = {
  sessions: 100_000,
  closed: 10_000,
  names: 100_000,
  retired: 100_000,
};

/**
 * The records of sessions and the index of their tokens. Records are frozen and replaced, so that a returned record never
 * changes. Closed ones are in a separate map, in the order in which they closed.
 */
export class MemorySessions {
  readonly #open = new Map<SessionId, SessionRecord>();
  readonly #closed = new Map<SessionId, SessionRecord>();
  readonly #tokens = new Map<TokenHash, { id: SessionId; role: Role }>();
  /** Replaced tokens, in the order of their replacement, and until when they are remembered. */
  readonly #retired = new Map<TokenHash, number>();

  constructor(
    private readonly clock: Clock,
    private readonly closedMemoryMs: number,
    private readonly limits: MemoryLimits,
  ) {}

  get(id: SessionId): SessionRecord | undefined {
    this.#forgetClosed();
    return this.#open.get(id) ?? this.#closed.get(id);
  }

  byToken(hash: TokenHash): { session: SessionRecord; role: Role } | undefined {
    const entry = this.#tokens.get(hash);
    const session = entry && this.get(entry.id);
    return session && entry && { session, role: entry.role };
  }

  /** Open and closed ones, in no order. */
  all(): SessionRecord[] {
    this.#forgetClosed();
    return [...this.#open.values(), ...this.#closed.values()];
  }

  open(): IterableIterator<SessionRecord> {
    return this.#open.values();
  }

  /** Writes a session under a new home, its host connected; the caller has checked that it may. */
  place(session: NewSession, edgeId: EdgeId, generation: Generation, cameWith?: Generation): SessionRecord {
    this.#checkTokens(session);
    if (!this.#open.has(session.id) && this.#open.size >= this.limits.sessions) {
      throw new ShipmateError('limit', 'too many sessions');
    }
    this.#setTokens(session, this.#open.get(session.id) ?? this.#closed.get(session.id));
    this.#closed.delete(session.id);
    return this.#put({
      ...structuredClone(session),
      edgeId,
      generation,
      homeSince: this.clock.now(),
      hostConnected: true,
      confirmed: false,
      cameWith,
      disconnectedAt: undefined,
      closedAt: undefined,
      closeReason: undefined,
    });
  }

  /** The record, if this owner may write to it; throws as `Directory` says. */
  owned({ sessionId, edgeId, generation }: Owner): SessionRecord {
    const session = this.get(sessionId);
    if (session === undefined) throw new ShipmateError('not-found', 'the session is not known');
    if (session.generation !== generation || session.edgeId !== edgeId) {
      throw new ShipmateError('conflict', 'the session has another home');
    }
    if (session.closedAt !== undefined) throw new ShipmateError('closed', 'the session has ended');
    return session;
  }

  change(session: SessionRecord, patch: SessionPatch & Partial<Pick<SessionRecord, 'edgeId'>>): SessionRecord {
    const next = { ...session, ...structuredClone(patch) };
    if (patch.tokens !== undefined) {
      this.#checkTokens(next);
      this.#setTokens(next, session);
    }
    const disconnectedAt = next.hostConnected ? undefined : (session.disconnectedAt ?? this.clock.now());
    return this.#put({ ...next, disconnectedAt });
  }

  close(session: SessionRecord, closeReason: string): void {
    this.#open.delete(session.id);
    this.#closed.set(session.id, Object.freeze({ ...session, closedAt: this.clock.now(), closeReason }));
    this.#forgetClosed();
  }

  refuseRetired(tokens: NewSession['tokens']): void {
    const now = this.clock.now();
    if (ROLES.some((role) => (this.#retired.get(tokens[role]) ?? 0) > now)) {
      throw new ShipmateError('closed', 'the token was replaced by another one');
    }
  }

  #checkTokens({ id, tokens }: NewSession): void {
    if (tokens.writer === tokens.reader) {
      throw new ShipmateError('conflict', 'the two tokens of a session must differ');
    }
    for (const role of ROLES) {
      const taken = this.byToken(tokens[role]);
      if (taken !== undefined && (taken.session.id !== id || taken.role !== role)) {
        throw new ShipmateError('conflict', 'the token belongs to another session');
      }
    }
    this.refuseRetired(tokens);
  }

  /** Points the tokens to their session, and retires the ones that it had before. */
  #setTokens({ id, tokens }: NewSession, before: NewSession | undefined): void {
    for (const role of ROLES) {
      const old = before?.tokens[role];
      if (old !== undefined && old !== tokens[role]) this.#retire(old);
      this.#tokens.set(tokens[role], { id, role });
    }
  }

  #retire(hash: TokenHash): void {
    this.#tokens.delete(hash);
    const now = this.clock.now();
    this.#retired.set(hash, now + RETIRED_TOKEN_MS);
    for (const [first, untilMs] of this.#retired) {
      if (untilMs > now && this.#retired.size <= this.limits.retired) return;
      this.#retired.delete(first);
    }
  }

  #put(session: SessionRecord): SessionRecord {
    const frozen = Object.freeze(session);
    this.#open.set(frozen.id, frozen);
    return frozen;
  }

  #forgetClosed(): void {
    const now = this.clock.now();
    for (const session of this.#closed.values()) {
      const due = now - (session.closedAt ?? now) >= this.closedMemoryMs;
      if (!due && this.#closed.size <= this.limits.closed) return;
      this.#closed.delete(session.id);
      for (const role of ROLES) this.#tokens.delete(session.tokens[role]);
    }
  }
}
