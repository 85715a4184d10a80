import type { Directory } from '#directory';
import { Timeout, type Clock } from '#kernel';
import type { HomeSession } from '#session';
import type { Backplanes } from './backplanes.js';
import type { EdgeLease } from './edge-lease.js';
import type { HomeRecords } from './home-records.js';
import type { LocalSession, LocalSessions } from './local-sessions.js';
import type { RegionMoves } from './region-moves.js';
import type { Replicas } from './replicas.js';
import type { SessionNames } from './session-names.js';
import { SweepRounds } from './sweep-rounds.js';

/** How often sessions are looked over: packed away, or given a new clock in the status line. */
const ROUND_MS = 5000;
/** How long until every session's records have been looked at, whether the directory still has them. */
const LOOK_MS = 60_000;
/** With so much left of the wait for a host, other regions are asked about it, too. */
const LAST_LOOK_MS = 3 * ROUND_MS;

export interface EdgeRoundsDeps {
  readonly clock: Clock;
  /** That of the edge's own region. */
  readonly directory: Directory;
  readonly local: LocalSessions;
  readonly records: HomeRecords;
  readonly names: SessionNames;
  readonly replicas: Replicas;
  readonly moves: RegionMoves;
  readonly lease: EdgeLease;
  readonly backplanes: Backplanes;
  /** A session lives in another region, which the directory does not know. */
  readonly leftRegion: (session: HomeSession) => void;
  /** What a call answers; undefined where it fails, which is reported. */
  readonly tried: <T>(call: Promise<T>) => Promise<T | undefined>;
}

/** What an edge checks from time to time: its sessions, the other edges, hosts that may be elsewhere, and what the directory lost. */
export class EdgeRounds {
  readonly #next: Timeout;
  readonly #sweep: SweepRounds;
  #round = 0;
  #stopped = false;

  constructor(private readonly deps: EdgeRoundsDeps) {
    this.#next = new Timeout(deps.clock);
    this.#sweep = new SweepRounds(deps.clock);
  }

  start(): void {
    this.#next.start(ROUND_MS, () => {
      this.#run();
      if (!this.#stopped) this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#next.cancel();
    this.#sweep.stop();
  }

  get #sessions(): readonly HomeSession[] {
    return this.deps.local.all.map(({ session }) => session);
  }

  #run(): void {
    const { local, replicas, moves } = this.deps;
    for (const session of local.all) this.#confirm(session);
    this.#sweep.begin(this.#sessions);
    replicas.tick();
    void this.#lookForEdges();
    void this.#lookForHosts();
    void this.#lookForLosses();
    void moves.announce();
  }

  /** An edge that is gone takes its joiners with it, and its sessions wait for their hosts. */
  async #lookForEdges(): Promise<void> {
    const { backplanes, replicas, lease, tried } = this.deps;
    const homes = this.#sessions.filter(({ joiners }) => joiners.remote.size > 0);
    for (const { region, directory } of backplanes.all) {
      const own = directory === this.deps.directory;
      if (!replicas.has(region) && !(own && homes.length > 0)) continue;
      const edges = await tried(directory.listEdges());
      if (this.#stopped) return;
      if (edges === undefined) {
        replicas.hail(region);
        continue;
      }
      const alive = new Set(edges.map(({ id }) => id));
      // Those that were cut off with this edge may not have said yet that they are back.
      if (own && lease.missingMs(directory) === 0) {
        for (const session of homes) session.joiners.remote.keepEdges(alive);
      }
      await replicas.look(region, alive);
    }
  }

  /** A host that is waited for may be at another edge, even in another region, already. */
  async #lookForHosts(): Promise<void> {
    const waiting = this.#sessions.filter(({ state }) => state === 'reconnecting');
    if (waiting.length > 0) await this.deps.tried(this.deps.records.verify(waiting));
    // The own region may have lost the word that it moved away: the others are asked before it is ended.
    const ending = waiting.filter(({ host }) => (host.wait.leftMs ?? Infinity) <= LAST_LOOK_MS);
    await Promise.all(ending.map(async (session) => await this.#lookElsewhere(session)));
  }

  async #lookElsewhere(session: HomeSession): Promise<void> {
    const { backplanes, directory, tried, leftRegion } = this.deps;
    if ([...backplanes.all].length === 1) return;
    const view = await tried(backplanes.find(async (one) => await one.lookup(session.id)));
    if (view === undefined || view.state === 'closed' || view.session.generation <= session.generation) return;
    const isElsewhere = backplanes.of(view.session.region).directory !== directory;
    if (isElsewhere && session.state === 'reconnecting') leftRegion(session);
  }

  /** The directory may have lost a part of what it was told, without a word: each session is looked at in its turn. */
  async #lookForLosses(): Promise<void> {
    const { records, names, tried } = this.deps;
    const rounds = LOOK_MS / ROUND_MS;
    await tried(records.look(rounds));
    this.#round = (this.#round + 1) % rounds;
    if (this.#round === 0) await tried(names.look());
  }

  /** A host that answers, a whole round after it came, has got its newest reconnection data: that was sent before. */
  #confirm(local: LocalSession): void {
    const { session } = local;
    const { records } = this.deps;
    const last = local.seenGeneration;
    local.seenGeneration = session.state === 'live' ? session.generation : undefined;
    if (last === undefined || last !== local.seenGeneration || records.isConfirmed(session)) return;
    void session.host.isAlive().then((alive) => {
      if (alive && session.generation === last) records.confirm(session);
    });
  }
}
