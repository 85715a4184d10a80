import type { Clock, EdgeId, Generation, SessionId } from '#kernel';
import type { SessionFilter, SessionRecord, SessionView } from '#directory';
import type { RedisEdges } from './redis-edges.js';
import type { RedisSessions } from './redis-sessions.js';
import { Stale } from './stale.js';
import { awayFor, toView } from './views.js';

/** Whole records that are read with one write: each may have a policy of 256 KiB, most have none. */
const RECORDS = 50;
/** The same where only a few short fields are wanted. */
const OUTLINES = 500;

/** Walks over all sessions: for operators and the reaper, not in the way of a joiner. */
export class RedisLists {
  readonly #stale: Stale;

  constructor(
    private readonly sessionsOf: RedisSessions,
    private readonly edges: RedisEdges,
    clock: Clock,
  ) {
    this.#stale = new Stale(clock);
  }

  async sessions(
    { region, edgeId, state }: SessionFilter,
    after: string | undefined,
    limit: number,
  ): Promise<SessionView[]> {
    const leases = await this.edges.readAll();
    const found: SessionView[] = [];
    for (let from = after; found.length < limit;) {
      const ids = await this.sessionsOf.ids(from, RECORDS);
      const records = await Promise.all(ids.map(async (id) => this.sessionsOf.read(id)));
      await this.#tidy(ids.filter((_, i) => records[i] === undefined));
      for (const session of records) {
        if (session === undefined) continue;
        if (region !== undefined && session.region !== region) continue;
        if (edgeId !== undefined && session.edgeId !== edgeId) continue;
        const view = toView(session, leases);
        if (state === undefined || view.state === state) found.push(view);
      }
      if (ids.length < RECORDS) break;
      from = ids.at(-1);
    }
    return found.slice(0, limit);
  }

  /** Also finishes closes that were cut short, and takes forgotten sessions off the list. */
  async orphans(forMs: number, limit: number): Promise<SessionView[]> {
    const leases = await this.edges.readAll();
    const found: SessionView[] = [];
    for (let from: string | undefined; found.length < limit;) {
      const ids = await this.sessionsOf.ids(from, OUTLINES);
      const outlines = await Promise.all(ids.map(async (id) => this.#outline(id)));
      await this.#tidy(ids.filter((_, i) => outlines[i] === undefined));
      const away = outlines.filter((outline) => {
        if (outline === undefined) return false;
        if (outline.unfinished) return true;
        return outline.session.closedAt === undefined && awayFor(toView(outline.session, leases)) >= forMs;
      });
      for (const outline of away) {
        if (outline === undefined || found.length >= limit) continue;
        const session = await this.sessionsOf.read(outline.session.id);
        if (session === undefined) continue;
        if (outline.unfinished) await this.sessionsOf.finishClose(session);
        const view = toView(session, leases);
        if (view.state === 'reconnecting' && awayFor(view) >= forMs) found.push(view);
      }
      if (ids.length < OUTLINES) break;
      from = ids.at(-1);
    }
    return found;
  }

  /** As much of a session as shows whether it is an orphan. */
  async #outline(id: SessionId): Promise<{ session: SessionRecord; unfinished: boolean } | undefined> {
    const names = ['generation', 'edge', 'connected', 'homeSince', 'disconnectedAt', 'closedAt', 'expires'];
    const [generation, edge, connected, homeSince, disconnectedAt, closedAt, expires] =
      await this.sessionsOf.readFields(id, ...names);
    if (generation === undefined) return undefined;
    const session = {
      id,
      generation: Number(generation) as Generation,
      edgeId: edge as EdgeId | undefined,
      hostConnected: connected === '1',
      homeSince: Number(homeSince),
      disconnectedAt: disconnectedAt === undefined ? undefined : Number(disconnectedAt),
      closedAt: closedAt === undefined ? undefined : Number(closedAt),
    };
    // The rest of a record says nothing here, and may be large.
    return { session: session as SessionRecord, unfinished: closedAt !== undefined && expires === undefined };
  }

  async #tidy(missing: readonly SessionId[]): Promise<void> {
    const gone = missing.filter((id) => this.#stale.missing(id));
    await Promise.all(gone.map(async (id) => this.sessionsOf.unlist(id)));
  }
}
