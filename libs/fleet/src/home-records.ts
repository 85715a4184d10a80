import { randomInt } from 'node:crypto';
import { generation, isShipmateError, type Clock, type EdgeId, type Generation } from '#kernel';
import {
  EXPIRED,
  hashTokens,
  MAX_VERIFY,
  MOVED,
  oldestData,
  STEADY_MS,
  type Directory,
  type NewSession,
  type Owner,
  type SessionPatch,
  type SessionRecord,
  type TakeoverOptions,
} from '#directory';
import type { Relay } from '#relay';
import type { HomeSession } from '#session';

export interface HomeRecordsDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly relay: Pick<Relay, 'moved'>;
  /** Another edge is the home, or others ended the session: this edge must drop it. */
  readonly onLost: (session: HomeSession, why: 'conflict' | 'closed') => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** A session's record, as its home wants to write it. */
interface PendingRecord {
  readonly session: HomeSession;
  /** What to write to a directory that does not know the session. */
  readonly make: () => NewSession;
  /** The directory may not know the session: all of it is written at the next opportunity. */
  unwritten: boolean;
  confirmed: Generation | undefined;
  /** The generation of the data with which the host came; undefined if it had none. */
  readonly cameWith: Generation | undefined;
  /** What must still be written. */
  patch: SessionPatch;
  /** The write in progress. */
  writing: Promise<void> | undefined;
  /** When a write failed last because the directory was not available. */
  failedMs: number | undefined;
  /** The session is about to get its next generation: until that is known, every write would be refused. */
  moving: boolean;
}

/** How many sessions are written at the same time when the directory has lost them. */
const AT_ONCE = 32;
/**
 * Without the directory, a session's next generation grows by up to this much, by lot: its host may reach two edges with the same
 * data, and each must be the home of a generation of its own. Generations have 32 bits: enough for 100,000 of these in one session.
 */
const BLIND_STEPS = 65_536;
/** Ends that are not written to the directory yet; beyond that, it finds out by itself when their edge is lost. */
const MAX_ENDS = 10_000;
/**
 * For how long an end is said again when the directory was away: a failover may have forgotten it. At most `MAX_ENDS` of them.
 */
const SAY_AGAIN_MS = 300_000;

/** The end of a session. */
interface End {
  readonly owner: Owner;
  /** The session, for a directory that has it under an older home; undefined if it may continue there. */
  readonly session: NewSession | undefined;
  readonly reason: string;
  readonly atMs: number;
}

/**
 * Writes the records of the sessions whose home this edge is. Sessions survive while the directory is not available: when it is
 * back, missing changes are written, and lost records are restored.
 */
export class HomeRecords {
  readonly #records = new Map<HomeSession, PendingRecord>();
  /** Sessions that must still be checked in this round. */
  #turn: HomeSession[] = [];
  /** Ends that could not be written. */
  #ends: End[] = [];
  /** Those that were, oldest first: nobody else would end a session again that a failover has brought back. */
  #written: End[] = [];

  constructor(private readonly deps: HomeRecordsDeps) {}

  /** Writes a new session; while the directory is not available, the session begins without it. */
  async claim(session: NewSession): Promise<{ record: SessionRecord; written: boolean }> {
    const { directory, edgeId } = this.deps;
    try {
      return { record: await directory.claim(session, edgeId), written: true };
    } catch (error) {
      return { record: this.#unwritten(error, session, generation(1)), written: false };
    }
  }

  /** Makes this edge the home of a session that existed before; throws the directory's `conflict` and `closed`. */
  async takeover(
    session: NewSession,
    expected: Generation,
    options: TakeoverOptions,
  ): Promise<{ record: SessionRecord; written: boolean }> {
    const { directory, edgeId } = this.deps;
    const here = [...this.#records.values()].find((kept) => kept.session.id === session.id);
    if (here !== undefined) here.moving = true;
    await here?.writing;
    try {
      return { record: await directory.takeover(session, edgeId, expected, options), written: true };
    } catch (error) {
      if (here !== undefined) here.moving = false;
      const known = Math.max(expected, here?.session.generation ?? 0);
      const next = generation(known + 1 + randomInt(BLIND_STEPS));
      return { record: this.#unwritten(error, session, next, options.cameWith), written: false };
    }
  }

  /** From now on, the records of `session` are written; `cameWith`: the generation of the data with which its host came, if any. */
  keep(session: HomeSession, make: () => NewSession, written: boolean, cameWith: Generation | undefined): void {
    const fresh = { confirmed: undefined, patch: {}, writing: undefined, failedMs: undefined, moving: false };
    this.#records.set(session, { session, make, cameWith, unwritten: !written, ...fresh });
  }

  /**
   * How much longer this edge must not assume that a session's host is nowhere, in ms: its record could not be written, though the
   * directory may be there for others. Another edge may have the host, and as little could be written there.
   */
  unsureMs(session: HomeSession): number {
    const { failedMs } = this.#records.get(session) ?? {};
    return failedMs === undefined ? 0 : Math.max(0, failedMs + STEADY_MS - this.deps.clock.monotonic());
  }

  /** The oldest generation whose data its host may have; see `oldestData`. */
  oldestData(session: HomeSession): number {
    const kept = this.#records.get(session);
    const confirmed = kept?.confirmed === session.generation;
    return oldestData({ generation: session.generation, confirmed, cameWith: kept?.cameWith });
  }

  /** Writes a change now, or when the directory is back. */
  write(session: HomeSession, patch: SessionPatch): void {
    const kept = this.#records.get(session);
    if (kept === undefined) return;
    kept.patch = { ...kept.patch, ...patch };
    this.#sync(kept);
  }

  /** Waits for the writes of a session; returns whether everything that this edge wants to write is written. */
  async written(session: HomeSession): Promise<boolean> {
    const kept = this.#records.get(session);
    await kept?.writing;
    return kept !== undefined && this.#records.get(session) === kept && !this.#isDue(kept);
  }

  /** Whether this was written for this generation, or nothing is written for the session. */
  isConfirmed(session: HomeSession): boolean {
    const kept = this.#records.get(session);
    return kept === undefined || kept.confirmed === session.generation;
  }

  /** The host is known to have this generation's reconnection data. */
  confirm(session: HomeSession): void {
    const kept = this.#records.get(session);
    if (kept === undefined || kept.confirmed === session.generation) return;
    kept.confirmed = session.generation;
    this.write(session, { confirmed: true });
  }

  /**
   * Checks whether the directory still has the records of the next few sessions; `rounds` calls check all of them. Lost records
   * (a failover loses the last seconds, a Cluster may lose a master) are written again.
   */
  async look(rounds: number): Promise<void> {
    if (this.#turn.length === 0) this.#turn = [...this.#records.keys()];
    const count = Math.ceil(this.#records.size / rounds);
    await this.verify(this.#turn.splice(0, count).filter((session) => this.#isSettled(session)));
  }

  /** The same of all at once: the directory could not be reached, and may have lost something, ends too. */
  async lookAtAll(): Promise<void> {
    const fromMs = this.deps.clock.monotonic() - SAY_AGAIN_MS;
    for (const end of this.#written.splice(0)) if (end.atMs >= fromMs) void this.#end(end);
    await this.verify([...this.#records.keys()].filter((session) => this.#isSettled(session)));
  }

  /** The directory answers; with `lost`, it may have lost this edge's sessions, or given them to others. */
  async answers(lost: boolean): Promise<void> {
    if (lost) for (const kept of this.#records.values()) kept.unwritten = true;
    for (const end of this.#ends.splice(0)) void this.#end(end);
    const waiting = [...this.#records.values()].filter((kept) => kept.unwritten || Object.keys(kept.patch).length > 0);
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, waiting.length) }, async () => {
        for (let kept = waiting.pop(); kept !== undefined; kept = waiting.pop()) {
          this.#sync(kept);
          await kept.writing;
        }
      }),
    );
  }

  /** Releases a session that continues at another edge. */
  async release(session: HomeSession): Promise<void> {
    const kept = this.#records.get(session);
    this.#records.delete(session);
    // Writes in progress must not come after this.
    await kept?.writing;
    await this.#release(this.#owner(session));
  }

  /** Gives back a session that this edge has just written, and does not become the home of: its host looks for another edge. */
  async giveBack({ id: sessionId, generation: own }: SessionRecord): Promise<void> {
    await this.#release({ sessionId, edgeId: this.deps.edgeId, generation: own });
  }

  /** A session lives in another region: what it leaves behind in the directory must not look like a session that is lost. */
  left(session: HomeSession): void {
    this.close(session, MOVED);
  }

  /** Ends a session for good. */
  close(session: HomeSession, reason: string): void {
    const kept = this.#records.get(session);
    // A host that did not come back to this edge may be at another one.
    const isCertain = reason !== EXPIRED && reason !== MOVED && reason !== 'replaced';
    // As little of it as possible: many may be kept.
    const made = kept !== undefined && isCertain ? { ...kept.make(), policy: '', labels: {} } : undefined;
    const end = { owner: this.#owner(session), session: made, reason, atMs: this.deps.clock.monotonic() };
    this.#records.delete(session);
    // Writes in progress must not come after this: nobody would end the session then.
    if (kept?.writing === undefined) void this.#end(end);
    else void kept.writing.then(async () => await this.#end(end));
  }

  /**
   * Checks whether sessions still belong to this edge and their records are complete: nothing else would notice in a session
   * without changes.
   */
  async verify(sessions: readonly HomeSession[]): Promise<void> {
    for (let at = 0; at < sessions.length; at += MAX_VERIFY) {
      const owners = new Map(sessions.slice(at, at + MAX_VERIFY).map((session) => [session.id, session]));
      const asked = [...owners.values()].map((session) => ({
        ...this.#owner(session),
        tokens: hashTokens(session.host.tokens),
      }));
      const lost = await this.deps.directory.verify(asked);
      for (const { sessionId: id, generation: looked } of lost) {
        const session = owners.get(id);
        const kept = session && this.#records.get(session);
        if (kept === undefined || kept.session.generation !== looked) continue;
        kept.unwritten = true;
        this.#sync(kept);
      }
    }
  }

  /** Writes no more of a session that is lost to this edge. */
  drop(session: HomeSession): void {
    this.#records.delete(session);
  }

  /** Writes happen one after the other, so that the last one is the newest. */
  #sync(kept: PendingRecord): void {
    if (kept.writing === undefined && this.#isDue(kept)) kept.writing = this.#writeAll(kept);
  }

  async #writeAll(kept: PendingRecord): Promise<void> {
    try {
      while (this.#isDue(kept)) await this.#once(kept);
    } catch (error) {
      this.#failed(kept, error);
    } finally {
      // In the same step as the last check: anything that becomes due after that starts again.
      kept.writing = undefined;
    }
  }

  #isDue(kept: PendingRecord): boolean {
    const current = this.#records.get(kept.session) === kept && !kept.moving;
    return current && (kept.unwritten || Object.keys(kept.patch).length > 0);
  }

  async #once(kept: PendingRecord): Promise<void> {
    const { directory } = this.deps;
    const owner = this.#owner(kept.session);
    if (kept.unwritten) {
      kept.unwritten = false;
      await this.#attempt(kept, directory.restore(kept.make(), owner, kept.cameWith));
      kept.patch = {
        ...kept.patch,
        hostConnected: kept.session.state === 'live',
        confirmed: kept.confirmed === owner.generation,
      };
      return;
    }
    const { patch } = kept;
    kept.patch = {};
    try {
      await this.#attempt(kept, directory.update(owner, patch));
    } catch (error) {
      kept.patch = { ...patch, ...kept.patch };
      // Somebody may have assumed that this edge was dead, or a failover lost the takeover: writing the session again shows
      // whether it has really ended, or has a newer home.
      if (!isShipmateError(error, 'closed') && !isShipmateError(error, 'conflict')) throw error;
    }
  }

  async #attempt(kept: PendingRecord, call: Promise<SessionRecord>): Promise<void> {
    try {
      await call;
    } catch (error) {
      kept.unwritten = true;
      throw error;
    }
  }

  #failed(kept: PendingRecord, error: unknown): void {
    if (this.#records.get(kept.session) !== kept) return;
    if (isShipmateError(error, 'conflict') || isShipmateError(error, 'closed')) {
      this.#records.delete(kept.session);
      this.deps.onLost(kept.session, error.code === 'closed' ? 'closed' : 'conflict');
      return;
    }
    if (isShipmateError(error) && error.temporary) kept.failedMs = this.deps.clock.monotonic();
    this.deps.failed('directory: write', error);
    // The directory has lost the session, so there is nothing to wait for.
    if (isShipmateError(error, 'not-found')) void kept.writing?.then(() => this.#sync(kept));
  }

  #unwritten(error: unknown, session: NewSession, own: Generation, cameWith?: Generation): SessionRecord {
    if (!isShipmateError(error) || !error.temporary) throw error;
    this.deps.failed('directory: new session', error);
    return {
      ...session,
      generation: own,
      edgeId: this.deps.edgeId,
      homeSince: session.createdAt,
      hostConnected: true,
      confirmed: false,
      cameWith,
      disconnectedAt: undefined,
      closedAt: undefined,
      closeReason: undefined,
    };
  }

  /** Whether no write is pending, which would look like a loss. */
  #isSettled(session: HomeSession): boolean {
    const kept = this.#records.get(session);
    return kept !== undefined && kept.writing === undefined && !kept.moving && !this.#isDue(kept);
  }

  #owner(session: HomeSession): Owner {
    return { sessionId: session.id, edgeId: this.deps.edgeId, generation: session.generation };
  }

  async #release(owner: Owner): Promise<void> {
    try {
      await this.deps.directory.release(owner);
    } catch (error) {
      this.deps.failed('directory: release', error);
    }
  }

  async #end(end: End): Promise<void> {
    try {
      await this.#closeNow(end);
      this.#written.push(end);
      if (this.#written.length > MAX_ENDS) this.#written = this.#written.slice(-MAX_ENDS / 2);
    } catch (error) {
      // Otherwise it has already ended, belongs to another edge, or was never written.
      if (!isShipmateError(error)) this.deps.failed('directory: close', error);
      else if (error.temporary && this.#ends.length < MAX_ENDS) this.#ends.push(end);
    }
  }

  /**
   * Also where the directory does not know this home: it was away during the takeover, or has forgotten it. An older home may have
   * written the session again, or may be about to.
   */
  async #closeNow({ owner, session, reason }: End): Promise<void> {
    const { directory } = this.deps;
    try {
      await directory.close(owner, reason);
    } catch (error) {
      const isForgotten = isShipmateError(error, 'not-found') && owner.generation > 1;
      if (session === undefined || !(isForgotten || isShipmateError(error, 'conflict'))) throw error;
      await directory.restore(session, owner);
      await directory.close(owner, reason);
      // The older home would only find out at its next look.
      await this.deps.relay.moved(owner.sessionId, owner.generation);
    }
  }
}
