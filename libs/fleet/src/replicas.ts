import { isShipmateError, type Account, type Clock, type EdgeId, type Generation, type SessionId } from '#kernel';
import { EXPIRED, type SessionView } from '#directory';
import type { QueuedInput } from '#relay';
import type { Backplanes } from './backplanes.js';
import { type SessionObserver, ReplicaSession, type Room, type SessionModel, type SessionEnding } from '#session';

export interface ReplicasDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly backplanes: Backplanes;
  /** The account below which the memory of sessions is counted. */
  readonly ledger?: Account | undefined;
  /** How long to wait for a lost host, in milliseconds. */
  readonly hostGraceMs: number;
  /**
   * How much longer this edge must not assume that a session of that region is dead, in ms: it was cut off from its directory.
   */
  readonly missingMs: (region: string) => number;
  /** How long this edge was cut off from that directory, in ms: the interruptions that ended in the last `windowMs`. */
  readonly brokenMs: (region: string, windowMs: number) => number;
}

/** The directory is not asked about one session more often than this, in ms. */
const ASK_EVERY_MS = 2000;

/** When to ask again whether a session is over, if the answer failed, in ms. */
const AGAIN_MS = 5000;

interface ReplicaEntry {
  readonly replica: ReplicaSession;
  /** The first opening. */
  readonly opened: Promise<void>;
  /** The home, according to the directory; undefined if a newer one has appeared since. */
  home: EdgeId | undefined;
  /** Whose backplane carries it. */
  region: string;
  /** The newest generation that a directory has had of it. */
  newest: Generation;
  askedAt: number;
}

/** The replicas of one edge: one for each session, however many joiners it has here. */
export class Replicas {
  readonly #entries = new Map<SessionId, ReplicaEntry>();
  #stopped = false;

  constructor(private readonly deps: ReplicasDeps) {}

  /** Whether there are any of sessions in that region. */
  has(region: string): boolean {
    for (const kept of this.#entries.values()) if (kept.region === region) return true;
    return false;
  }

  get rooms(): Room[] {
    return [...this.#entries.values()].map(({ replica }) => replica.room);
  }

  /**
   * A session that lives at another edge, which may have no screen yet; rejects if the relay is not available. `onLink` is
   * called when messages to its home can be sent, before it has answered.
   */
  async open(view: SessionView, onLink?: (replica: ReplicaSession) => void): Promise<ReplicaSession> {
    const { id } = view.session;
    const kept = this.#entries.get(id) ?? this.#add(view);
    try {
      await kept.opened;
    } catch (error) {
      if (this.#entries.get(id) === kept && kept.replica.room.audience.size === 0) {
        this.#entries.delete(id);
        kept.replica.dispose();
      }
      throw error;
    }
    onLink?.(kept.replica);
    this.#apply(kept, view);
    return kept.replica;
  }

  /** Follows a session that was here, for the joiners who are still here. */
  follow(id: SessionId, generation: Generation, earlier: { room: Room; model: SessionModel }): void {
    const { region, relay } = this.deps.backplanes.own;
    const replica = new ReplicaSession(id, this.#replicaDeps, { relay, generation }, earlier);
    const kept = {
      replica,
      opened: Promise.resolve(),
      home: undefined,
      region,
      newest: generation,
      askedAt: -Infinity,
    };
    this.#entries.set(id, kept);
    replica.health.presumeLost(this.deps.hostGraceMs);
    replica.uplink.keepOpening();
  }

  /** Takes the joiners of a session whose home this edge becomes, and what they typed meanwhile; the replica ends. */
  take(id: SessionId): { readonly room: Room; readonly held: readonly QueuedInput[] } | undefined {
    const kept = this.#entries.get(id);
    if (kept === undefined) return undefined;
    this.#entries.delete(id);
    return { room: kept.replica.room, held: kept.replica.release() };
  }

  /** Tells every home again who is here; with `region`, only the homes of sessions there. */
  announce(region?: string): void {
    for (const kept of this.#entries.values()) if ((region ?? kept.region) === kept.region) kept.replica.announce();
  }

  /** Redraws status lines with a clock. */
  tick(): void {
    for (const { replica } of this.#entries.values()) replica.tick();
  }

  /** Asks about sessions whose home, in `region`, is not known, is not among the living edges, or is considered lost. */
  async look(region: string, alive: ReadonlySet<EdgeId>): Promise<void> {
    const lost = [...this.#entries.values()].filter(
      (kept) =>
        kept.region === region &&
        (kept.home === undefined || !alive.has(kept.home) || kept.replica.health.isPresumedLost),
    );
    await Promise.all(
      lost.map(async (kept) => {
        const isDead = kept.home !== undefined && !alive.has(kept.home);
        if (!(await this.#ask(kept)) && isDead) kept.replica.health.presumeLost(this.deps.hostGraceMs);
      }),
    );
  }

  /** The directory of `region` does not say which edges live: the homes there are asked themselves. */
  hail(region: string): void {
    for (const kept of this.#entries.values()) if (kept.region === region) void kept.replica.uplink.hail();
  }

  /** Sends all joiners away: this edge stops. */
  stop(): void {
    this.#stopped = true;
    for (const { replica } of this.#entries.values()) {
      replica.dispose();
      replica.room.end('shutdown');
    }
    this.#entries.clear();
  }

  #add({ session: { id, region, generation, edgeId } }: SessionView): ReplicaEntry {
    const plane = this.deps.backplanes.of(region);
    const replica = new ReplicaSession(id, this.#replicaDeps, { relay: plane.relay, generation });
    const opened = replica.uplink.open();
    const kept = { replica, opened, home: edgeId, region: plane.region, newest: generation, askedAt: -Infinity };
    this.#entries.set(id, kept);
    return kept;
  }

  get #replicaDeps(): ConstructorParameters<typeof ReplicaSession>[1] {
    return {
      ...this.deps,
      onAway: (replica) => void this.#away(replica),
      onMoved: (replica) => void this.#movedOn(replica),
      onExpired: (replica) => void this.#expired(replica),
      onDone: (replica) => {
        if (this.#entries.get(replica.id)?.replica === replica) this.#entries.delete(replica.id);
      },
    };
  }

  async #away(replica: ReplicaSession): Promise<void> {
    const kept = this.#entries.get(replica.id);
    if (kept?.replica === replica) await this.#ask(kept);
  }

  /** It has another home now, which the directory knows: if that dies, this edge must notice. */
  async #movedOn(replica: ReplicaSession): Promise<void> {
    const kept = this.#entries.get(replica.id);
    if (kept?.replica !== replica) return;
    kept.home = undefined;
    await this.#ask(kept);
  }

  /** The wait is over: the first edge that notices ends the session for all. */
  async #expired(replica: ReplicaSession): Promise<void> {
    const kept = this.#entries.get(replica.id);
    if (kept?.replica !== replica) return;
    kept.askedAt = -Infinity;
    await this.#ask(kept, true);
  }

  async #end({ replica }: ReplicaEntry, { session }: SessionView): Promise<void> {
    const { directory } = this.deps.backplanes.of(session.region);
    try {
      await directory.closeOrphan(replica.id, session.generation, EXPIRED);
      this.deps.observer.sessionClosed(replica.id, 'expired');
    } catch (error) {
      const isLive = isShipmateError(error, 'conflict');
      if (!isLive) this.deps.observer.failed('directory: expired', error);
      if (isLive || !isShipmateError(error) || error.temporary) {
        replica.health.presumeLost(AGAIN_MS);
        return;
      }
    }
    replica.end('lost');
  }

  /**
   * Asks the directory about a session; `isOver`: the wait for it is over. False if the directory does not answer: then, the home
   * is asked for a sign of life.
   */
  async #ask(kept: ReplicaEntry, isOver = false): Promise<boolean> {
    const now = this.deps.clock.monotonic();
    if (now - kept.askedAt < ASK_EVERY_MS) return true;
    kept.askedAt = now;
    let view: SessionView | undefined;
    try {
      view = await this.deps.backplanes.find(async (directory) => await directory.lookup(kept.replica.id));
    } catch (error) {
      this.deps.observer.failed('directory: lookup', error);
      void kept.replica.uplink.hail();
      if (isOver) kept.replica.health.presumeLost(AGAIN_MS);
      return false;
    }
    // A record of an older home than the known one was left behind in another region: it says nothing about the session's end.
    const isStale = view !== undefined && view.session.generation < Math.max(kept.newest, kept.replica.generation);
    if (view === undefined || (isStale && view.state === 'closed')) await this.#unknown(kept, isOver);
    else if (!this.#apply(kept, view)) await (isStale ? this.#unknown(kept, isOver) : this.#end(kept, view));
    return true;
  }

  /**
   * No directory knows the session: it ended long ago, or its record was lost and its home will write it again. This edge waits
   * for it as for a session whose host is lost, and longer if somebody listens as its home, or if a home could not be heard.
   */
  async #unknown(kept: ReplicaEntry, isOver: boolean): Promise<void> {
    const { replica } = kept;
    const isThere = (): boolean => !this.#stopped && this.#entries.get(replica.id) === kept;
    if (!isThere()) return;
    const missingMs = this.deps.missingMs(kept.region);
    if (!isOver) replica.health.presumeLost(this.deps.hostGraceMs);
    else if (missingMs > 0) replica.health.presumeLost(missingMs);
    else if ((await replica.uplink.hail()) !== false) replica.health.presumeLost(AGAIN_MS);
    else if (isThere()) replica.end('lost');
  }

  /** Applies the directory's answer; returns whether the session continues, or has already ended. */
  #apply(kept: ReplicaEntry, view: SessionView): boolean {
    const { replica } = kept;
    if (this.#stopped || this.#entries.get(replica.id) !== kept) return true;
    const { session, state } = view;
    // If the directory does not know it yet, it is asked again.
    kept.home = session.generation < replica.generation ? undefined : session.edgeId;
    if (session.generation >= kept.newest) {
      kept.newest = session.generation;
      kept.region = this.deps.backplanes.of(session.region).region;
    }
    switch (state) {
      case 'closed':
        replica.end(endingOf(session.closeReason));
        return true;
      case 'live': {
        const { relay } = this.deps.backplanes.of(session.region);
        replica.homeIs({ relay, generation: session.generation });
        return true;
      }
      case 'reconnecting': {
        const { hostGraceMs } = this.deps;
        // Nobody could come back while the directory was not available.
        const graceMs = hostGraceMs + this.deps.brokenMs(kept.region, hostGraceMs);
        const leftMs = graceMs - (view.asOf - (view.reconnectingSince ?? view.asOf));
        const waitMs = leftMs > 0 ? leftMs : this.deps.missingMs(kept.region);
        if (waitMs > 0) replica.health.presumeLost(waitMs);
        return waitMs > 0;
      }
    }
  }
}

/** How a session ended, by the reason in its record. */
function endingOf(reason: string | undefined): SessionEnding {
  switch (reason) {
    case 'fin':
      return 'ended';
    case 'operator':
      return 'closed';
    case 'time-over':
    case 'idle':
    case 'fault':
    case 'over-limit':
    case 'replaced':
      return reason;
    default:
      return 'lost';
  }
}
