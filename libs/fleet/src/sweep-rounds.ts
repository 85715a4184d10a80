import type { Clock } from '#kernel';
import type { HomeSession } from '#session';

/** An unwatched session's panes are packed when nothing came from its host for this long, in ms. */
export const QUIET_MS = 2000;
/** How long sessions are checked at a time, in ms: a key's echo may have to wait that long. */
export const SLICE_MS = 5;

/** The part of a session that is checked. */
type Swept = Pick<HomeSession, 'state' | 'sweep'>;

/**
 * Checks sessions: packs panes that nobody watches, or draws the clock of a status line. It works in slices: when thousands of
 * hosts become idle at the same time, everyone else waits for one slice only, not for all their panes.
 */
export class SweepRounds {
  #round: Generator<void> | undefined;
  #stopped = false;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Begins a round, or continues one that is still in progress. */
  begin(sessions: Iterable<Swept>): void {
    if (this.#round !== undefined || this.#stopped) return;
    this.#round = sweepAll([...sessions]);
    this.#goOn();
  }

  stop(): void {
    this.#stopped = true;
    this.#round = undefined;
  }

  #goOn(): void {
    const untilMs = this.clock.monotonic() + SLICE_MS;
    while (this.#round?.next().done === false) {
      if (this.clock.monotonic() < untilMs) continue;
      setImmediate(() => this.#goOn());
      return;
    }
    this.#round = undefined;
  }
}

function* sweepAll(sessions: readonly Swept[]): Generator<void> {
  for (const session of sessions) {
    yield;
    if (session.state !== 'closed') yield* session.sweep(QUIET_MS);
  }
}
