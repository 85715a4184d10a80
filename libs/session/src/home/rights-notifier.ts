import { Backoff, Timeout, type Clock } from '#kernel';
import { changedRights, type RightsInWords, type SessionPolicy } from '#access';

/** What changes together is told together: a file of keys comes line by line, a password's hash a moment after it. In ms. */
export const FIRST_WAIT_MS = 1_000;
/** Whoever changes rights again and again is told of this often at last. */
export const LAST_WAIT_MS = 60_000;

/** Notices what a host changes of its session's rights, and tells it, now and then. */
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

  /** The host has a new connection: what it asks for there is told elsewhere. */
  reset(): void {
    this.#timeout.cancel();
    this.#reported = this.policy();
  }

  /** The policy is another one, perhaps. */
  check(): void {
    this.#timeout.startIfIdle(this.#backoff.peek(), () => this.flush());
  }

  /** Tells what has not been told yet. */
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
