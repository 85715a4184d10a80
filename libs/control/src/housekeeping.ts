/** What one round of the reaper did. */
export interface ReaperReport {
  /** The broker that did it. */
  readonly by: string;
  readonly beganAt: number;
  readonly tookMs: number;
  /** Sessions that were ended because no host came back to them in time. */
  readonly orphans: number;
  /** Webhooks of sessions that no longer exist, whose end was reported. */
  readonly wills: number;
  /** Leftovers in the store of sessions, tokens and names that no longer exist, by kind: `token`, `name`, `listed-session`, … */
  readonly leftovers: Readonly<Record<string, number>>;
  /** Events that were older than the time for which they are kept. */
  readonly events: number;
  /** What went wrong, each in a sentence; the next round tries again. */
  readonly faults: readonly string[];
}

/** What a step of the search for leftovers found. */
export interface SweepStep {
  /** How many were removed, by kind. */
  readonly removed: Readonly<Record<string, number>>;
  /** Everything was looked at once. */
  readonly whole: boolean;
}

/** What the processes of a fleet share for the reaper. Errors: `unavailable` and `timeout` if the store is not available. */
export interface Housekeeping {
  /**
   * Whether it is `holder`'s turn for the next `forMs`: nobody else's has one until that ends. Asked again by its holder, it
   * is prolonged.
   */
  takeTurn(holder: string, forMs: number): Promise<boolean>;
  /** Ends a turn early. */
  endTurn(holder: string): Promise<void>;
  keepReport(report: ReaperReport): Promise<void>;
  lastReport(): Promise<ReaperReport | undefined>;
  /**
   * Looks at a few hundred entries of the store, where the last step left off, and removes what belongs to nothing. What is
   * just being written is not there yet: an entry goes only when it was found so twice, a minute apart.
   */
  sweep(): Promise<SweepStep>;
}

/** The housekeeping of a single process: there are no others, and the directory in memory leaves nothing behind. */
export class MemoryHousekeeping implements Housekeeping {
  #report: ReaperReport | undefined;

  async takeTurn(): Promise<boolean> {
    return true;
  }

  async endTurn(): Promise<void> {}

  async keepReport(report: ReaperReport): Promise<void> {
    this.#report = report;
  }

  async lastReport(): Promise<ReaperReport | undefined> {
    return this.#report;
  }

  async sweep(): Promise<SweepStep> {
    return { removed: {}, whole: true };
  }
}
