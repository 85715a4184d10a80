import { generation, isShipmateError, type Clock, type EdgeId, type Generation } from '#kernel';
import { MOVED, type Directory, type NewSession } from '#directory';
import type { Backplane, Backplanes } from './backplanes.js';

export interface RegionMovesDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly backplanes: Backplanes;
  readonly failed: (what: string, error: unknown) => void;
}

/** A session that lives here and may have come from another region, which may not know it yet. */
export interface MovedSession {
  readonly session: NewSession;
  readonly generation: Generation;
  /** It came from there, or from some other region: also one that has lost its record must not get it back. */
  readonly isCertain: boolean;
}

interface RegionMove extends MovedSession {
  readonly plane: Backplane;
  /** Until when its old region is notified. */
  readonly untilMs: number;
  /** How often the move was sent there. */
  announcements: number;
  /** When to check whether the region still knows it; undefined until it was sent often enough. */
  lookAtMs: number | undefined;
}

/** More than come from other regions while one is not available; beyond that, the oldest moves are no longer sent. */
const MAX_DEPARTURES = 10_000;
/** How long an unavailable region is tried, in ms: as long as reconnection data is valid. */
const TELL_FOR_MS = 12 * 3_600_000;
/** How often a move is sent: each message may be lost. */
const SAY_TIMES = 3;
/** How long after that the region is looked at once more: a failover there may have forgotten its last seconds. */
const LOOK_AFTER_MS = 60_000;
/** How many are sent at the same time. */
const AT_ONCE = 32;

/**
 * Notifies other regions about sessions that left them: their directory, so that nobody considers the session lost or restores
 * it, and their relay, so that a former home releases it and joiners follow at once. A region that is not available is notified
 * when it is back.
 */
export class RegionMoves {
  #pending: RegionMove[] = [];
  #telling = false;

  constructor(private readonly deps: RegionMovesDeps) {}

  /** A session lives here now; `regions` are those in which it may have lived. */
  add(regions: Iterable<Backplane>, moved: MovedSession): void {
    const untilMs = this.deps.clock.monotonic() + TELL_FOR_MS;
    for (const plane of regions) {
      this.#pending.push({ ...moved, plane, untilMs, announcements: 0, lookAtMs: undefined });
    }
    if (this.#pending.length > MAX_DEPARTURES) this.#pending = this.#pending.slice(-MAX_DEPARTURES);
    void this.announce();
  }

  /** Notifies regions that have not been notified, or not often enough. */
  async announce(): Promise<void> {
    if (this.#telling || this.#pending.length === 0) return;
    this.#telling = true;
    const due = this.#pending;
    this.#pending = [];
    const away = new Set<Directory>();
    const again: RegionMove[] = [];
    const work = due.slice();
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, work.length) }, async () => {
        for (let one = work.shift(); one !== undefined; one = work.shift()) {
          if (!(await this.#announced(one, away))) again.push(one);
        }
      }),
    );
    const now = this.deps.clock.monotonic();
    this.#pending.unshift(...again.filter(({ untilMs }) => untilMs > now));
    this.#telling = false;
  }

  /** Whether there is nothing left to send. If a region does not answer for one session, the others are not sent now. */
  async #announced(departure: RegionMove, away: Set<Directory>): Promise<boolean> {
    const { session, generation, plane } = departure;
    const { lookAtMs } = departure;
    const now = this.deps.clock.monotonic();
    if (away.has(plane.directory) || (lookAtMs !== undefined && now < lookAtMs)) return false;
    try {
      const mustFence = departure.announcements === 0 || lookAtMs !== undefined;
      if (mustFence && !(await this.#fence(departure))) return true;
      await plane.relay.moved(session.id, generation);
      departure.announcements += 1;
      if (departure.announcements === SAY_TIMES) departure.lookAtMs = now + LOOK_AFTER_MS;
      return departure.announcements > SAY_TIMES;
    } catch (error) {
      this.deps.failed('another region', error);
      away.add(plane.directory);
      return false;
    }
  }

  /**
   * Takes the session over there, for nobody: its former home can then no longer write, even if an attempt of the host's that is
   * over came late and was served there, nor write again what the region has lost. False if it never was there, or is there
   * again.
   */
  async #fence({ session, generation: reached, isCertain, plane }: RegionMove): Promise<boolean> {
    const { directory } = plane;
    const view = await directory.lookup(session.id);
    if (view === undefined ? !isCertain : view.session.generation > reached) return false;
    if (view?.session.generation === reached && view.session.closeReason === MOVED) return true;
    try {
      const owner = await leave(directory, session, this.deps.edgeId, generation(reached - 1));
      return owner <= reached;
    } catch (error) {
      if (isShipmateError(error) && !error.temporary) return false;
      throw error;
    }
  }
}

/**
 * Takes a session over in a directory, lets go of it at once and ends what is left of it there, which is forgotten in time; the
 * generation that this took.
 */
export async function leave(
  directory: Directory,
  session: NewSession,
  edgeId: EdgeId,
  expected: Generation,
): Promise<Generation> {
  const { generation } = await directory.takeover(session, edgeId, expected, { tokens: 'replaced' });
  await directory.release({ sessionId: session.id, edgeId, generation });
  await directory.closeOrphan(session.id, generation, MOVED);
  return generation;
}
