import type { Directory, SessionView } from '#directory';
import type { Relay } from '#relay';

/** What the edges of a region share. */
export interface Backplane {
  readonly region: string;
  readonly directory: Directory;
  readonly relay: Relay;
}

/**
 * The backplane of this edge's region, and those of the others if each region has its own. A session lives in the backplane of
 * its home's region; a session that moved may have left an older record behind, which must be ignored.
 */
export class Backplanes {
  readonly #all: ReadonlyMap<string, Backplane>;

  constructor(
    readonly own: Backplane,
    private readonly others: readonly Backplane[] = [],
  ) {
    this.#all = new Map([own, ...others].map((backplane) => [backplane.region, backplane]));
  }

  get all(): Iterable<Backplane> {
    return this.#all.values();
  }

  /** The backplane of a region; this edge's own if one serves all regions. */
  of(region: string): Backplane {
    return this.#all.get(region) ?? this.own;
  }

  /**
   * Whether an answer of `directory` comes from the region of the session's home, and is not a record that the session left
   * behind when it moved.
   */
  isAtHome(directory: Directory, { session }: SessionView): boolean {
    return this.of(session.region).directory === directory;
  }

  /**
   * Looks in this region's directory and, if that has no live session of its region, in all others at the same time. Two regions
   * may have a session each under one name: one that is live counts, else this region's. Throws if not every region could be asked, and no session was found, or only what it left behind when it moved.
   */
  async find<T extends SessionView>(ask: (directory: Directory) => Promise<T | undefined>): Promise<T | undefined> {
    const faults: unknown[] = [];
    const asked = async ({ directory }: Backplane): Promise<Found<T> | undefined> => {
      try {
        const view = await ask(directory);
        if (view === undefined) return undefined;
        const atHome = this.isAtHome(directory, view);
        // Records that are left behind are closed after a while; that says nothing about the session.
        return atHome || view.state !== 'closed' ? { view, atHome } : undefined;
      } catch (error) {
        faults.push(error);
        return undefined;
      }
    };
    const here = await asked(this.own);
    if (here?.atHome === true && here.view.state === 'live') return here.view;
    const found = [here, ...(await Promise.all(this.others.map(asked)))];
    const best = found.reduce((one, other) => (isBetter(other, one) ? other : one));
    if (best?.atHome !== true && faults.length > 0) throw faults[0];
    return best?.view;
  }
}

interface Found<T> {
  readonly view: T;
  /** The record is where it should be: in the directory of its home's region. Any other one was left behind. */
  readonly atHome: boolean;
}

/** What counts more of two sessions that have one name, each in its region. */
const RANK = { live: 2, reconnecting: 1, closed: 0 } as const;

function isBetter(found: Found<SessionView> | undefined, than: Found<SessionView> | undefined): boolean {
  if (found === undefined) return false;
  if (than === undefined || found.atHome !== than.atHome) return than === undefined || found.atHome;
  if (found.view.session.id !== than.view.session.id) return RANK[found.view.state] > RANK[than.view.state];
  return found.view.session.generation > than.view.session.generation;
}
