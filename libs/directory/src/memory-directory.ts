import { ShipmateError, type Clock, type EdgeId, type Generation, type SessionId } from '#kernel';
import { EXPIRED, MOVED, type Directory } from './directory.js';
import { keepsName } from './keeps-name.js';
import { checkNameClaim, checkPatch, checkSession, cutReason, MAX_VERIFY, pageLimit } from './record-limits.js';
import { MemoryEdges } from './memory-edges.js';
import { DEFAULT_MEMORY_LIMITS, MemorySessions, type MemoryLimits } from './memory-sessions.js';
import {
  oldestData,
  type EdgeRecord,
  type Lookup,
  type NameClaim,
  type NameHolder,
  type NameVerdict,
  type NewSession,
  type Owner,
  type OwnerOfTokens,
  type Page,
  type SessionFilter,
  type SessionPatch,
  type SessionRecord,
  type SessionView,
  type TakeoverOptions,
} from './records.js';
import { DEFAULT_NAME_GRACE_MS, DEFAULT_TIMINGS, type DirectoryTimings } from './timings.js';
import type { TokenHash } from './token-hash.js';

/**
 * The directory of a single process. Every method runs to completion before another begins, so each is atomic. They are
 * `async`, so that they return and fail like those of a remote store.
 */
export class MemoryDirectory implements Directory {
  readonly #edges: MemoryEdges;
  readonly #sessions: MemorySessions;
  readonly #names = new Map<string, NameHolder>();
  readonly #limits: MemoryLimits;

  constructor(
    private readonly clock: Clock,
    timings: DirectoryTimings = DEFAULT_TIMINGS,
    limits: Partial<MemoryLimits> = {},
  ) {
    this.#limits = { ...DEFAULT_MEMORY_LIMITS, ...limits };
    this.#edges = new MemoryEdges(clock, timings.edgeLeaseMs);
    this.#sessions = new MemorySessions(clock, timings.closedMemoryMs, this.#limits);
  }

  async heartbeat(edge: EdgeRecord): Promise<{ renewed: boolean }> {
    return { renewed: this.#edges.heartbeat(edge) };
  }

  async removeEdge(id: EdgeId): Promise<void> {
    this.#edges.remove(id);
  }

  async listEdges(): Promise<readonly EdgeRecord[]> {
    return this.#edges.list();
  }

  async claim(session: NewSession, edgeId: EdgeId): Promise<SessionRecord> {
    checkSession(session);
    if (this.#sessions.get(session.id) !== undefined) {
      throw new ShipmateError('conflict', 'the session already exists');
    }
    return this.#sessions.place(session, edgeId, 1 as Generation);
  }

  async takeover(
    session: NewSession,
    edgeId: EdgeId,
    expected: Generation,
    { tokens = 'same', cameWith = expected }: TakeoverOptions = {},
  ): Promise<SessionRecord> {
    checkSession(session);
    const current = this.#sessions.get(session.id);
    if (current !== undefined) {
      if (current.closeReason !== MOVED) refuseClosed(current);
      this.#sessions.refuseRetired(session.tokens);
      if (tokens === 'same') refuseOtherTokens(current, session);
      if (!this.#mayTakeOver(current, expected)) throw new ShipmateError('conflict', 'the session has another home');
    }
    const next = Math.max(current?.generation ?? 0, expected) + 1;
    return this.#sessions.place(session, edgeId, next as Generation, cameWith);
  }

  async restore(session: NewSession, owner: Owner, cameWith?: Generation): Promise<SessionRecord> {
    checkSession(session);
    const current = this.#sessions.get(session.id);
    if (current !== undefined) {
      const isNewer = owner.generation > current.generation;
      const refuted = current.closeReason === EXPIRED && (isNewer || isOwner(current, owner));
      // What it left behind here when it went to another region: it comes back. It may also have ended there, under a newer generation.
      const isLeft = current.closeReason === MOVED || current.generation > owner.generation;
      if (!refuted && !isLeft) refuseClosed(current);
      if (current.generation >= owner.generation && !refuted) {
        return this.#sessions.change(this.#sessions.owned(owner), { tokens: session.tokens });
      }
    }
    return this.#sessions.place(session, owner.edgeId, owner.generation, cameWith);
  }

  async update(owner: Owner, patch: SessionPatch): Promise<SessionRecord> {
    checkPatch(patch);
    return this.#sessions.change(this.#sessions.owned(owner), patch);
  }

  async release(owner: Owner): Promise<void> {
    const current = this.#sessions.get(owner.sessionId);
    if (current?.edgeId === undefined && current?.generation === owner.generation) return;
    this.#sessions.change(this.#sessions.owned(owner), { edgeId: undefined, hostConnected: false });
  }

  async close(owner: Owner, reason: string): Promise<void> {
    const current = this.#sessions.get(owner.sessionId);
    const again = current?.closedAt !== undefined && current.generation === owner.generation;
    if (!again) this.#sessions.close(this.#sessions.owned(owner), cutReason(reason));
  }

  async closeOrphan(id: SessionId, expected: Generation, reason: string): Promise<void> {
    const current = this.#sessions.get(id);
    if (current === undefined) throw new ShipmateError('not-found', 'the session is not known');
    if (current.closedAt !== undefined) return;
    if (current.generation !== expected || this.#view(current).state === 'live') {
      throw new ShipmateError('conflict', 'the session has a home');
    }
    this.#sessions.close(current, cutReason(reason));
  }

  async verify(owners: readonly OwnerOfTokens[]): Promise<readonly Owner[]> {
    if (owners.length > MAX_VERIFY) throw new ShipmateError('limit', `at most ${MAX_VERIFY} sessions per call`);
    return owners.filter((owner) => {
      const session = this.#sessions.get(owner.sessionId);
      if (session === undefined || session.closedAt !== undefined || !isOwner(session, owner)) return true;
      const { writer, reader } = owner.tokens ?? session.tokens;
      return [writer, reader].some((hash) => this.#sessions.byToken(hash)?.session.id !== owner.sessionId);
    });
  }

  async lookupByTokenHash(hash: TokenHash): Promise<Lookup | undefined> {
    const found = this.#sessions.byToken(hash);
    return found && { ...this.#view(found.session), role: found.role };
  }

  async lookup(id: SessionId): Promise<SessionView | undefined> {
    const session = this.#sessions.get(id);
    return session && this.#view(session);
  }

  async listSessions({ region, edgeId, state }: SessionFilter, page: Page): Promise<readonly SessionView[]> {
    const limit = pageLimit(page);
    return this.#sessions
      .all()
      .filter((session) => page.after === undefined || session.id > page.after)
      .filter((session) => region === undefined || session.region === region)
      .filter((session) => edgeId === undefined || session.edgeId === edgeId)
      .map((session) => this.#view(session))
      .filter((view) => state === undefined || view.state === state)
      .sort((a, b) => (a.session.id < b.session.id ? -1 : 1))
      .slice(0, limit);
  }

  async listOrphans(forMs: number, limit: number): Promise<readonly SessionView[]> {
    const count = pageLimit({ limit });
    const orphans: SessionView[] = [];
    for (const session of this.#sessions.open()) {
      const view = this.#view(session);
      if (orphans.length < count && this.#awayFor(view) >= forMs) orphans.push(view);
    }
    return orphans;
  }

  async claimName(owner: Owner, claim: NameClaim): Promise<NameVerdict> {
    checkNameClaim(claim);
    this.#sessions.owned(owner);
    const { name, role, graceMs = DEFAULT_NAME_GRACE_MS, steal = false } = claim;
    const holder = this.#names.get(name);
    const held = holder && holder.sessionId !== owner.sessionId && this.#sessions.get(holder.sessionId);
    if (holder && held && !steal) {
      const view = this.#view(held);
      if (keepsName(view, holder, claim)) return { result: 'taken', holder, state: view.state };
    }
    if (holder === undefined) this.#makeRoomForName();
    const claimedAt = holder?.sessionId === owner.sessionId ? holder.claimedAt : this.clock.now();
    this.#names.set(name, Object.freeze({ name, role, sessionId: owner.sessionId, claimedAt, graceMs }));
    return { result: 'held' };
  }

  async releaseName(name: string, holder: SessionId): Promise<void> {
    if (this.#names.get(name)?.sessionId === holder) this.#names.delete(name);
  }

  async lookupByName(name: string): Promise<Lookup | undefined> {
    const holder = this.#names.get(name);
    const session = holder && this.#sessions.get(holder.sessionId);
    if (holder !== undefined && session === undefined) this.#names.delete(name);
    return session && holder && { ...this.#view(session), role: holder.role };
  }

  async listNames(prefix: string, page: Page): Promise<readonly NameHolder[]> {
    const limit = pageLimit(page);
    return [...this.#names.values()]
      .filter(({ name }) => name.startsWith(prefix) && (page.after === undefined || name > page.after))
      .filter(({ sessionId }) => this.#sessions.get(sessionId) !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }

  #mayTakeOver(current: SessionRecord, expected: Generation): boolean {
    if (current.generation <= expected) return true;
    return oldestData(current) <= expected && this.#view(current).state !== 'live';
  }

  #view(session: SessionRecord): SessionView {
    const home = this.#edges.get(session.edgeId);
    const asOf = this.clock.now();
    if (session.closedAt !== undefined) return { session, state: 'closed', home, reconnectingSince: undefined, asOf };
    if (home !== undefined && session.hostConnected) {
      return { session, state: 'live', home, reconnectingSince: undefined, asOf };
    }
    const leaseEnd = session.edgeId === undefined ? undefined : this.#edges.endedAt(session.edgeId);
    const since = Math.min(session.disconnectedAt ?? Infinity, leaseEnd ?? Infinity);
    // A home that never sent a heartbeat here left no stamp. The session's own age would be wrong: after a restart of the
    // directory, an old session may be written before its edge's first heartbeat.
    const reconnectingSince = since === Infinity ? session.homeSince : since;
    return { session, state: 'reconnecting', home, reconnectingSince, asOf };
  }

  /** For how long a session has been reconnecting; -1 when it is not. */
  #awayFor({ reconnectingSince }: SessionView): number {
    return reconnectingSince === undefined ? -1 : this.clock.now() - reconnectingSince;
  }

  /** Names of forgotten sessions are removed only when room is needed, because finding them takes a pass over all names. */
  #makeRoomForName(): void {
    if (this.#names.size < this.#limits.names) return;
    for (const { name, sessionId } of this.#names.values()) {
      if (this.#sessions.get(sessionId) === undefined) this.#names.delete(name);
    }
    if (this.#names.size >= this.#limits.names) throw new ShipmateError('limit', 'too many names');
  }
}

const isOwner = (session: SessionRecord, { edgeId, generation }: Owner): boolean =>
  session.edgeId === edgeId && session.generation === generation;

function refuseClosed(session: SessionRecord): void {
  if (session.closedAt !== undefined) throw new ShipmateError('closed', 'the session has ended');
}

function refuseOtherTokens(current: SessionRecord, { tokens }: NewSession): void {
  if (current.tokens.writer !== tokens.writer || current.tokens.reader !== tokens.reader) {
    throw new ShipmateError('conflict', 'the session has other tokens');
  }
}
