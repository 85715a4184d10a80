import { forgetOldest, ShipmateError, type Clock, type EdgeId, type Generation, type SessionId } from '#kernel';
import {
  checkNameClaim,
  checkPatch,
  checkSession,
  cutReason,
  DEFAULT_TIMINGS,
  keepsName,
  MAX_VERIFY,
  pageLimit,
  type Directory,
  type DirectoryTimings,
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
  type TokenHash,
} from '#directory';
import type { Commands } from '../connection/commands.js';
import type { Pulse } from '../connection/pulse.js';
import { RedisEdges } from './redis-edges.js';
import { RedisLists } from './redis-lists.js';
import { RedisNames } from './redis-names.js';
import { RedisSessions } from './redis-sessions.js';
import { toView } from './views.js';

/**
 * Tokens and names whose targets are remembered, about 300 bytes each; beyond that, the one whose last lookup was the longest
 * ago is forgotten.
 */
const MAX_HINTS = 10_000;
/** How often a claim of a name is tried again because the name changed meanwhile. */
const NAME_ATTEMPTS = 20;

/**
 * The directory on Redis. Every write of a session is one script on one key, which checks the generation. Leases are in another
 * slot: if a script needs to know that an edge is dead, this is checked before, and the script uses it only if the session
 * still belongs to that edge.
 */
export class RedisDirectory implements Directory {
  readonly #edges: RedisEdges;
  readonly #sessions: RedisSessions;
  readonly #names: RedisNames;
  readonly #lists: RedisLists;
  /** Where tokens and names led last; the latest last. */
  readonly #hints = new Map<string, { readonly id: SessionId; readonly edge: EdgeId | undefined }>();

  /** With `pulse`, a heartbeat counts only once it has come back to the edge through Redis. */
  constructor(
    commands: Commands,
    clock: Clock,
    private readonly pulse?: Pulse,
    timings: DirectoryTimings = DEFAULT_TIMINGS,
  ) {
    this.#edges = new RedisEdges(commands, timings);
    this.#sessions = new RedisSessions(commands, timings);
    this.#names = new RedisNames(commands, clock);
    this.#lists = new RedisLists(this.#sessions, this.#edges, clock);
  }

  async heartbeat(edge: EdgeRecord): Promise<{ readonly renewed: boolean }> {
    await this.pulse?.beat(edge.id);
    return { renewed: await this.#edges.heartbeat(edge) };
  }

  async removeEdge(id: EdgeId): Promise<void> {
    await this.pulse?.stop(id);
    await this.#edges.remove(id);
  }

  async listEdges(): Promise<readonly EdgeRecord[]> {
    const { of } = await this.#edges.readAll();
    const alive = [...of.values()].flatMap(({ record }) => record ?? []);
    return alive.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async claim(session: NewSession, edgeId: EdgeId): Promise<SessionRecord> {
    checkSession(session);
    return await this.#sessions.claim(session, edgeId);
  }

  async takeover(
    session: NewSession,
    edgeId: EdgeId,
    expected: Generation,
    { tokens = 'same', cameWith = expected }: TakeoverOptions = {},
  ): Promise<SessionRecord> {
    checkSession(session);
    const [generation, home] = await this.#sessions.readFields(session.id, 'generation', 'edge');
    // Only where the data is older does it matter whether the home is dead.
    const deadEdge = Number(generation) > expected ? await this.#deadEdge(home) : undefined;
    return await this.#sessions.takeover(session, edgeId, { expected, deadEdge, tokens, cameWith });
  }

  async restore(session: NewSession, owner: Owner, cameWith?: Generation): Promise<SessionRecord> {
    checkSession(session);
    return await this.#sessions.restore(session, owner, cameWith);
  }

  async update(owner: Owner, patch: SessionPatch): Promise<SessionRecord> {
    checkPatch(patch);
    return await this.#sessions.update(owner, patch);
  }

  async release(owner: Owner): Promise<void> {
    await this.#sessions.release(owner);
  }

  async close(owner: Owner, reason: string): Promise<void> {
    await this.#sessions.close(owner, cutReason(reason));
  }

  async closeOrphan(id: SessionId, expected: Generation, reason: string): Promise<void> {
    const [home] = await this.#sessions.readFields(id, 'edge');
    await this.#sessions.closeOrphan(id, expected, await this.#deadEdge(home), cutReason(reason));
  }

  async verify(owners: readonly OwnerOfTokens[]): Promise<readonly Owner[]> {
    if (owners.length > MAX_VERIFY) throw new ShipmateError('limit', `at most ${MAX_VERIFY} sessions per call`);
    const lost = await Promise.all(
      owners.map(async ({ sessionId, edgeId, generation, tokens }) => {
        const [[stored, edge, closedAt], led] = await Promise.all([
          this.#sessions.readFields(sessionId, 'generation', 'edge', 'closedAt'),
          tokens === undefined ? true : this.#sessions.isLedTo(sessionId, tokens),
        ]);
        return stored !== String(generation) || edge !== edgeId || closedAt !== undefined || !led;
      }),
    );
    return owners.filter((_, i) => lost[i]);
  }

  async lookupByTokenHash(hash: TokenHash): Promise<Lookup | undefined> {
    const target = this.#sessions.targetOf(hash);
    const view = await this.#follow(
      hash,
      target.then((found) => found?.id),
    );
    const role = (await target)?.role;
    return view && role && view.session.tokens[role] === hash ? { ...view, role } : undefined;
  }

  async lookup(id: SessionId): Promise<SessionView | undefined> {
    const session = await this.#sessions.read(id);
    return session && (await this.#view(session));
  }

  async listSessions(filter: SessionFilter, page: Page): Promise<readonly SessionView[]> {
    return await this.#lists.sessions(filter, page.after, pageLimit(page));
  }

  async listOrphans(forMs: number, limit: number): Promise<readonly SessionView[]> {
    return await this.#lists.orphans(forMs, pageLimit({ limit }));
  }

  async claimName(owner: Owner, claim: NameClaim): Promise<NameVerdict> {
    checkNameClaim(claim);
    await this.#checkOwner(owner);
    await this.#sweepNames();
    for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
      const seen = await this.#names.read(claim.name);
      const held = seen && seen.holder.sessionId !== owner.sessionId && claim.steal !== true;
      const session = held ? await this.#sessions.read(seen.holder.sessionId) : undefined;
      if (seen !== undefined && session !== undefined) {
        const view = await this.#view(session);
        if (keepsName(view, seen.holder, claim)) return { result: 'taken', holder: seen.holder, state: view.state };
      }
      if (await this.#names.swap(seen, claim, owner.sessionId)) return { result: 'held' };
    }
    throw new ShipmateError('unavailable', 'too many claims for this name at the same time');
  }

  async releaseName(name: string, holder: SessionId): Promise<void> {
    await this.#names.release(name, holder);
  }

  async lookupByName(name: string): Promise<Lookup | undefined> {
    const named = this.#names.read(name);
    const view = await this.#follow(
      name,
      named.then((found) => found?.holder.sessionId),
    );
    const held = await named;
    if (held === undefined) return undefined;
    if (view === undefined) await this.#names.drop(held);
    return view && { ...view, role: held.holder.role };
  }

  async listNames(prefix: string, page: Page): Promise<readonly NameHolder[]> {
    const limit = pageLimit(page);
    const found: NameHolder[] = [];
    for (let { after } = page; found.length < limit;) {
      const { held, last } = await this.#names.list(prefix, after, limit);
      const known = await Promise.all(
        held.map(async ({ sessionId }) => this.#sessions.readFields(sessionId, 'generation')),
      );
      found.push(...held.filter((_, i) => known[i]?.[0] !== undefined));
      if (last === undefined) break;
      after = last;
    }
    return found.slice(0, limit);
  }

  /**
   * The session that `key` leads to, once it is known where: a token or a name, its session and that one's home lie in three places.
   * Where they were last is read at the same time, and counts if they are there still: one round trip in place of three.
   */
  async #follow(key: string, leads: Promise<SessionId | undefined>): Promise<SessionView | undefined> {
    const hint = this.#hints.get(key);
    const [id, known, leases] = await Promise.all([
      leads,
      hint && this.#sessions.read(hint.id),
      hint && this.#edges.read(hint.edge === undefined ? [] : [hint.edge]),
    ]);
    const session = id === undefined || id === hint?.id ? known : await this.#sessions.read(id);
    this.#hints.delete(key);
    if (id === undefined || session === undefined) return undefined;
    this.#hints.set(key, { id, edge: session.edgeId });
    forgetOldest(this.#hints, MAX_HINTS);
    return leases !== undefined && session.edgeId === hint?.edge ? toView(session, leases) : await this.#view(session);
  }

  /** The edge, if it is one and its lease has ended. */
  async #deadEdge(id: string | undefined): Promise<EdgeId | undefined> {
    if (id === undefined) return undefined;
    const edge = id as EdgeId;
    const { of } = await this.#edges.read([edge]);
    return of.get(edge)?.stands === true ? undefined : edge;
  }

  async #view(session: SessionRecord): Promise<SessionView> {
    return toView(session, await this.#edges.read(session.edgeId === undefined ? [] : [session.edgeId]));
  }

  async #checkOwner({ sessionId, edgeId, generation }: Owner): Promise<void> {
    const [stored, edge, closedAt] = await this.#sessions.readFields(sessionId, 'generation', 'edge', 'closedAt');
    if (stored === undefined) throw new ShipmateError('not-found', 'the session is not known');
    if (stored !== String(generation) || edge !== edgeId) {
      throw new ShipmateError('conflict', 'the session has another home');
    }
    if (closedAt !== undefined) throw new ShipmateError('closed', 'the session has ended');
  }

  /** Frees a few names of forgotten sessions, if the lot falls on any. */
  async #sweepNames(): Promise<void> {
    for (const held of await this.#names.sample()) {
      const [generation] = await this.#sessions.readFields(held.holder.sessionId, 'generation');
      if (generation === undefined) await this.#names.drop(held);
    }
  }
}
