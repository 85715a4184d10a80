import { isShipmateError, OverLimit, type Clock, type SessionId } from '#kernel';
import type { SessionFault, SessionObserver } from '../observer.js';

/** Why a session ends by itself: a fault in the server, or a limit on what a session may cost. */
export type FaultEnding = 'fault' | 'over-limit';

export interface FaultBoundaryDeps {
  readonly sessionId: SessionId;
  readonly observer: Pick<SessionObserver, 'sessionFault' | 'failed'>;
  /** What is needed to reproduce it, without what the terminal shows. */
  readonly describe: () => SessionFault['state'];
  /** Ends the session here; `text` is for whoever caused it. */
  readonly over: (ending: FaultEnding, text: string) => void;
}

const FAULT_TEXT = 'A server error ended your session; its operator has been notified';

/**
 * Where the faults of one session stop. Everything that enters a session (a timer, bytes from its host, a key, a message from
 * another edge) goes through `run`. An error ends that session, once, and nobody else notices.
 */
export class FaultBoundary {
  #broken = false;

  constructor(private readonly deps: FaultBoundaryDeps) {}

  /** Something was thrown: the session ends, or has ended. */
  get broken(): boolean {
    return this.#broken;
  }

  /** As `run`, step by step: a fault ends the work, too. */
  *steps(what: string, work: () => Iterator<void>): Generator<void> {
    let steps: Iterator<void> | undefined;
    for (let done = false; !done; yield) {
      done = true;
      this.run(what, () => {
        steps ??= work();
        done = steps.next().done === true;
      });
    }
  }

  /** Runs `act`; undefined where it throws, and once something has. */
  run<T>(what: string, act: () => T): T | undefined {
    if (this.#broken) return undefined;
    try {
      return act();
    } catch (error) {
      this.caught(what, error);
      return undefined;
    }
  }

  /** An error that is not meant for a single peer: it ends the session. */
  caught(what: string, error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    const { sessionId, observer, describe, over } = this.deps;
    const overLimit = error instanceof OverLimit;
    if (!overLimit) observer.sessionFault(sessionId, { what, error, state: attempt(describe) ?? {} });
    try {
      over(overLimit ? 'over-limit' : 'fault', isShipmateError(error) ? error.message : FAULT_TEXT);
    } catch (second) {
      observer.failed('ending a session after a fault', second);
    }
  }
}

/** A clock whose timers run their functions through `guard`. */
export const guardedClock = (clock: Clock, guard: (run: () => void) => void): Clock => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  after: (delayMs, run) => clock.after(delayMs, () => guard(run)),
});

/** What `act` answers; undefined where it throws. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
