import { Backoff, Timeout, type Clock } from '#kernel';
import { changedRights, type RightsInWords, type SessionPolicy } from '#access';

/**
 * How long to wait for further changes before reporting, in ms: a file of keys comes line by line, and a password's hash a
 * moment later.
 */
export const FIRST_WAIT_MS = 1_000;
/** If rights change again and again, they are reported this often, in ms. */
export const LAST_WAIT_MS = 60_000;

/** Notices when a host changes the rules of its session, and reports it from time to time. */
export class RightsNotifier {
  #reported: SessionPolicy;
  readonly #timeout: Timeout;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LAST_WAIT_MS);

  constructor(
    clock: Clock,
    private readonly policy: () => SessionPolicy,
    private readonly tell: (changed: RightsInWords) => void,
  ) {
    this.#reported = policy();
    this.#timeout = new Timeout(clock);
  }

  /** The host has a new connection: its rules there are reported elsewhere. */
  reset(): void {
    this.#timeout.cancel();
    this.#reported = this.policy();
  }

  /** The policy may have changed. */
  check(): void {
    this.#timeout.startIfIdle(this.#backoff.peek(), () => this.flush());
  }

  /** Reports what has not been reported yet. */
  flush(): void {
    this.#timeout.cancel();
    const now = this.policy();
    const changed = changedRights(this.#reported, now);
    this.#reported = now;
    if (Object.keys(changed).length === 0) return;
    this.#backoff.next();
    this.tell(changed);
  }
}
