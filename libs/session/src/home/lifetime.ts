import { Timeout, type Clock } from '#kernel';
import type { SessionPolicy } from '#access';

/** Longest timer, in ms: Node's timers are limited to 24 days, and the clock may be corrected meanwhile. */
const MOST_MS = 3_600_000;

/** Why a session ends because its host set it so. */
export type TimeOver = 'time-over' | 'idle';

/**
 * Ends a session when the time that its host gave it is over (`expires`), or when nobody has typed and nothing was printed for
 * as long as the host said (`idle-timeout`). Costs nothing if the host asked for neither.
 */
export class Lifetime {
  readonly #timeout: Timeout;
  #activeMs: number;
  #stopped = false;

  constructor(
    private readonly clock: Clock,
    /** When the session began, in ms since the epoch: it is kept over reconnections and takeovers. */
    private readonly beganAt: number,
    private readonly policy: () => Pick<SessionPolicy, 'expiresMs' | 'idleMs'>,
    private readonly over: (why: TimeOver) => void,
  ) {
    this.#timeout = new Timeout(clock);
    this.#activeMs = clock.monotonic();
  }

  /** Something was typed or printed. */
  touch(): void {
    this.#activeMs = this.clock.monotonic();
  }

  /** Checks the policy again: it may have changed. */
  look(): void {
    this.#timeout.cancel();
    if (this.#stopped) return;
    const { expiresMs, idleMs } = this.policy();
    const leftMs = expiresMs === undefined ? Infinity : this.beganAt + expiresMs - this.clock.now();
    const idleLeftMs = idleMs === undefined ? Infinity : this.#activeMs + idleMs - this.clock.monotonic();
    if (leftMs <= 0) this.over('time-over');
    else if (idleLeftMs <= 0) this.over('idle');
    else if (Math.min(leftMs, idleLeftMs) < Infinity) {
      this.#timeout.start(Math.min(leftMs, idleLeftMs, MOST_MS), () => this.look());
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timeout.cancel();
  }
}
