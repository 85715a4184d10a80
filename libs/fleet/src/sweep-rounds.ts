import type { Clock } from '#kernel';
import type { HomeSession } from '#session';

/** An unwatched session's panes are packed away when nothing came from its host for this long. */
export const QUIET_MS = 2000;
/** How long sessions are looked over at a time, in ms: a key's echo waits for no more. */
export const SLICE_MS = 5;

/** A session, as far as it is looked over. */
type Swept = Pick<HomeSession, 'state' | 'sweep'>;

/**
 * Looks sessions over: packs what nobody looks at away, or draws the clock of a status line. In slices: when thousands of hosts fall
 * quiet together, everybody else waits for one slice, and not for all their panes.
 */
export class SweepRounds {
  #round: Generator<void> | undefined;
  #stopped = false;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Begins a round; one that is still under way goes on instead. */
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
