import { NO_TRACER, pause, traced, type Disposable, type SessionId, type Tracer } from '#kernel';
import type { Lookup } from '#directory';
import { Backplanes } from './backplanes.js';
import {
  type Decision,
  type HomeSession,
  HostConnection,
  type HostGone,
  type HostIntroduction,
  type HostLink,
  type Room,
} from '#session';
import type { EdgeDeps } from './edge-deps.js';
import { LockedHosts } from './locked-hosts.js';
import { RegionMoves } from './region-moves.js';
import { EdgeLease } from './edge-lease.js';
import { EdgeRounds } from './edge-rounds.js';
import { AbandonedSessions } from './abandoned-sessions.js';
import { LocalSessions, type LocalSession } from './local-sessions.js';
import { HomeRecords, type HomeRecordsDeps } from './home-records.js';
import { HostReconnection } from './host-reconnection.js';
import { NameClaims } from './name-claims.js';
import { Replicas } from './replicas.js';
import { ASK_AGAIN_MS, SessionFinder, type JoinTarget } from './session-finder.js';
import { SessionNames } from './session-names.js';
import { SessionOpener } from './session-opener.js';
import { SessionOrders } from './session-orders.js';

/** How long an edge that has handed its sessions over still answers messages that other edges sent before they knew, in ms. */
const LATE_INPUT_MS = 250;

/** All sessions of one edge, as their home or as a replica: opens them for hosts, finds them for joiners. */
export class EdgeSessions {
  readonly #local = new LocalSessions();
  readonly #backplanes: Backplanes;
  readonly #records: HomeRecords;
  readonly #lease: EdgeLease;
  readonly #replicas: Replicas;
  readonly #names: SessionNames;
  readonly #moves: RegionMoves;
  readonly #opener: SessionOpener;
  readonly #finder: SessionFinder;
  readonly #rounds: EdgeRounds;
  /** The commands of hosts and operators about the people in a session. */
  readonly orders: SessionOrders;
  #operator: Disposable | undefined;
  #locks: Disposable | undefined;
  #signOuts: Disposable | undefined;
  readonly #lockedHosts: LockedHosts;
  #draining = false;
  #stopped = false;

  constructor(private readonly deps: EdgeDeps) {
    const { region, directory, relay, regions = [], edgeId, clock, observer, addresses } = deps;
    const failed = (what: string, error: unknown): void => observer.failed(what, error);
    this.#backplanes = new Backplanes({ region, directory, relay }, regions);
    const onLost: HomeRecordsDeps['onLost'] = (...lost) => this.#movedAway(...lost);
    this.#records = new HomeRecords({ edgeId, clock, directory, relay, failed, onLost });
    this.#names = new SessionNames({
      claims: new NameClaims({
        directory,
        clock,
        authority: deps.names,
        former: new AbandonedSessions({ ...deps, backplanes: this.#backplanes, home: (id) => this.home(id), failed }),
        failed,
      }),
      owner: (session) => ({ sessionId: session.id, edgeId, generation: session.generation }),
      onUser: (session) => this.#labelUser(session),
      changed: ({ id }, change, name) => observer.nameChanged(id, change, name),
      failed,
    });
    const returns = new HostReconnection({
      ...deps,
      backplanes: this.#backplanes,
      home: (id) => this.home(id),
      oldestData: (session) => this.#records.oldestData(session),
      tried: async (call) => await this.#tried(call),
    });
    this.#replicas = new Replicas({
      ...deps,
      backplanes: this.#backplanes,
      missingMs: (where) => this.#lease.missingMs(this.#backplanes.of(where).directory),
      brokenMs: (where, windowMs) => this.#lease.brokenMs(this.#backplanes.of(where).directory, windowMs),
    });
    this.#moves = new RegionMoves({ ...deps, backplanes: this.#backplanes, failed });
    this.orders = new SessionOrders({ clock, observer, local: this.#local, records: this.#records });
    this.#lockedHosts = new LockedHosts({ clock, locks: deps.locks, userOf: (session) => this.#names.userOf(session) });
    this.#opener = new SessionOpener({
      ...deps,
      tracer: this.#tracer,
      local: this.#local,
      records: this.#records,
      names: this.#names,
      returns,
      replicas: this.#replicas,
      moves: this.#moves,
      missingMs: () => this.#lease.missingMs(directory),
      orders: this.orders,
      lockedHosts: this.#lockedHosts,
      isStopping: () => this.#stopped || this.#draining,
      forget: (session) => this.#forget(session),
      superseded: (session) => this.#movedAway(session, 'conflict'),
    });
    this.#finder = new SessionFinder({
      edgeId,
      clock,
      tracer: this.#tracer,
      local: this.#local,
      names: this.#names,
      replicas: this.#replicas,
      backplanes: this.#backplanes,
      locks: deps.locks,
      signOuts: deps.signOuts,
      isStopped: () => this.#stopped,
    });
    this.#lease = new EdgeLease({
      clock,
      directory,
      others: regions.map((other) => other.directory),
      describe: () => {
        const { takesHosts = true } = deps;
        return { id: edgeId, region, addresses, load: this.#load, draining: this.#draining, takesHosts };
      },
      onAnswer: (lost) => this.#directoryAnswered(lost),
      onOtherLost: (lost) => this.#replicas.announce(regions.find((other) => other.directory === lost)?.region),
      failed,
    });
    this.#rounds = new EdgeRounds({
      clock,
      directory,
      local: this.#local,
      records: this.#records,
      names: this.#names,
      replicas: this.#replicas,
      moves: this.#moves,
      lease: this.#lease,
      backplanes: this.#backplanes,
      leftRegion: (session) => {
        this.#records.left(session);
        this.#movedAway(session, 'conflict');
      },
      tried: async (call) => await this.#tried(call),
    });
  }

  /** Registers this edge and starts its periodic work. */
  async start(): Promise<void> {
    this.#operator = this.deps.operator?.onChange(() => {
      for (const { session } of this.#local.all) this.orders.policyChanged(session);
    });
    this.#locks = this.deps.locks?.onChange(() => {
      for (const { session } of this.#local.all) {
        this.#lockedHosts.look(session);
        session.rules.changed();
      }
    });
    this.#signOuts = this.deps.signOuts?.onChange(() => {
      for (const { session } of this.#local.all) session.rules.signedOut();
    });
    await this.#lease.start();
    this.#rounds.start();
  }

  get size(): number {
    return this.#local.size;
  }

  /** The sessions whose home this edge is. */
  get sessions(): Iterable<HomeSession> {
    return this.#local.all.map(({ session }) => session);
  }

  /** The joiners of this edge, session by session, wherever the sessions live. */
  get rooms(): Iterable<Room> {
    return [...this.#local.all.map(({ session }) => session.room), ...this.#replicas.rooms];
  }

  /**
   * Takes a host's connection. Calls `opened` once with the result: a session, or the reason why the host gets none; never if the host
   * leaves before it is ready.
   */
  acceptHost(
    link: HostLink,
    opened?: (outcome: { readonly session: SessionId } | { readonly failure: unknown }) => void,
  ): HostConnection {
    const { clock, observer } = this.deps;
    // The host's bytes come later, from its socket.
    const parent = this.#tracer.active;
    const open = async (introduction: HostIntroduction): Promise<HomeSession> => {
      try {
        const session = await traced(this.#tracer, 'session.open', { parent }, async (span) => {
          return await this.#opener.open(introduction, span);
        });
        opened?.({ session: session.id });
        return session;
      } catch (error) {
        opened?.({ failure: error });
        throw error;
      }
    };
    return new HostConnection(link, {
      clock,
      open,
      failed: (what, error) => observer.failed(what, error),
      keys: this.deps.keys,
      providers: this.deps.providers,
      sendsHooks: this.deps.sendsHooks,
      ledger: this.deps.ledger,
      work: this.deps.work,
      onFault: (host) => this.deps.faults?.happened(host),
    });
  }

  /**
   * What the directory knows about the session of `user`, for somebody who only asks; undefined if it knows no such session. Throws
   * `unavailable` or `timeout` if the directory is not available.
   */
  async look(user: string): Promise<Lookup | undefined> {
    return await this.#finder.look(user);
  }

  /**
   * The session that somebody with `user` wants to join; a text that cannot be a token or a name is `unknown` too. Throws
   * `unavailable` or `timeout` if the session is not here and the directory is not available.
   */
  async find(user: string): Promise<JoinTarget> {
    return await this.#finder.find(user);
  }

  /**
   * Carries out a host's decision on somebody who waits; `user` is the user name that the host was shown for it. Throws
   * `unavailable` or `timeout` if the session's home cannot be reached.
   */
  async decide(user: string): Promise<Decision> {
    return await this.#finder.decide(user);
  }

  /** The session with that id whose home this edge is. */
  home(id: SessionId): HomeSession | undefined {
    return this.#local.get(id)?.session;
  }

  /** The same, with the data that is kept next to it. */
  held(id: SessionId): LocalSession | undefined {
    return this.#local.get(id);
  }

  /** The joiners of a session at this edge. */
  room(id: SessionId): Room | undefined {
    return this.#local.get(id)?.session.room ?? [...this.#replicas.rooms].find((room) => room.id === id);
  }

  /** The owner of a session's names has changed: they are claimed again. */
  namesChanged(session: HomeSession): void {
    this.#names.requestChanged(session);
  }

  /** The directory can be reached again: whatever it does not have is written at once. */
  async directoryIsBack(): Promise<void> {
    this.#finder.settle();
    await this.#lease.beat();
    // A part of it may have come back with lost data: a failover loses the last seconds.
    await this.#tried(this.#records.lookAtAll());
    await this.#tried(this.#names.look());
  }

  /** Whether there is another edge that could take this edge's hosts, as far as is known. */
  async hasSuccessor(): Promise<boolean> {
    const { directory, edgeId, regions = [] } = this.deps;
    if (regions.length > 0) return true;
    try {
      const edges = await directory.listEdges();
      return edges.some(({ id, draining, takesHosts }) => id !== edgeId && !draining && takesHosts !== false);
    } catch {
      return true; // Who cannot be asked about may be there.
    }
  }

  /**
   * Hands over all sessions: their hosts look for another edge, and joiners stay as those of a replica until they leave.
   * Resolves when nobody is left, or after `forMs`.
   */
  async drain(forMs: number): Promise<void> {
    if (this.#draining || this.#stopped) return;
    this.#draining = true;
    const { sessions, participants } = this.#load;
    const attributes = { 'shipmate.sessions': sessions, 'shipmate.participants': participants };
    await traced(this.#tracer, 'edge.drain', { attributes }, async () => await this.#drain(forMs));
  }

  async #drain(forMs: number): Promise<void> {
    await this.#lease.beat();
    const given = this.#local.all.map(({ session }) => session);
    const elsewhere = given.some(({ joiners }) => joiners.remote.size > 0);
    await Promise.all(given.map(async (session) => await this.#giveAway(session)));
    // Without an answer, it would count as lost: nobody could know whether the host got it.
    if (elsewhere) await pause(this.deps.clock, LATE_INPUT_MS);
    const deadline = this.deps.clock.monotonic() + forMs;
    while ([...this.rooms].some((room) => room.audience.size > 0) && this.deps.clock.monotonic() < deadline) {
      await pause(this.deps.clock, ASK_AGAIN_MS);
    }
  }

  /** Ends everything here: joiners get a message, and hosts reconnect to another edge. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#operator?.dispose();
    this.#locks?.dispose();
    this.#signOuts?.dispose();
    this.#rounds.stop();
    this.#replicas.stop();
    const releases = this.#local.all.map(async ({ session }) => {
      session.detach();
      await this.#records.release(session);
    });
    await Promise.all(releases);
    await this.#lease.stop();
  }

  /** Another edge is the home: joiners of this edge follow it without noticing. */
  #movedAway(session: HomeSession, why: 'conflict' | 'closed'): void {
    this.#records.drop(session);
    if (why === 'closed') {
      session.close('expired', 'lost');
      return;
    }
    this.#forget(session);
    this.#moveOut(session, 'moved');
  }

  async #giveAway(session: HomeSession): Promise<void> {
    await this.#records.release(session);
    if (!this.#local.has(session)) return;
    this.#forget(session);
    this.#moveOut(session, 'shutdown');
  }

  #moveOut(session: HomeSession, why: HostGone): void {
    const { room, model, generation } = session;
    session.handOver(why);
    if (room.audience.size > 0 && !room.over) this.#replicas.follow(session.id, generation, { room, model });
    else model.dispose();
  }

  #forget(session: HomeSession): void {
    this.#names.drop(session);
    this.#local.remove(session);
  }

  #labelUser(session: HomeSession): void {
    const labels = this.#local.get(session.id)?.labels;
    if (labels !== undefined) this.#records.write(session, { labels: labels() });
    this.#lockedHosts.look(session);
  }

  #directoryAnswered(lost: boolean): void {
    if (lost) {
      this.deps.observer.leaseLost();
      this.#finder.settle();
      this.#replicas.announce();
    }
    // A session that is written again must be there before its names are claimed.
    void this.#records.answers(lost).then(() => this.#names.renew(lost));
  }

  get #tracer(): Tracer {
    return this.deps.tracer ?? NO_TRACER;
  }

  get #load(): { sessions: number; participants: number } {
    let participants = 0;
    for (const room of this.rooms) participants += room.audience.size;
    return { sessions: this.#local.size, participants };
  }

  /** Undefined if it fails: sessions must survive while the directory is not available. */
  async #tried<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      this.deps.observer.failed('directory', error);
      return undefined;
    }
  }
}
