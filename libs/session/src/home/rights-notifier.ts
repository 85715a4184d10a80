import { Backoff, type Clock, type Timer } from '#kernel';
import { changedRights, type RightsInWords, type SessionPolicy } from '#access';

/** What changes together is told together: a file of keys comes line by line, a password's hash a moment after it. In ms. */
export const FIRST_WAIT_MS = 1_000;
/** Whoever changes rights again and again is told of this often at last. */
export const LAST_WAIT_MS = 60_000;

/** Notices what a host changes of its session's rights, and tells it, now and then. */
export class RightsNotifier {
  #reported: SessionPolicy;
  #timer: Timer | undefined;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LAST_WAIT_MS);

  constructor(
    private readonly clock: Clock,
    private readonly policy: () => SessionPolicy,
    private readonly tell: (changed: RightsInWords) => void,
  ) {
    this.#reported = policy();
  }

  /** The host has a new connection: what it asks for there is told elsewhere. */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#reported = this.policy();
  }

  /** The policy is another one, perhaps. */
  check(): void {
    this.#timer ??= this.clock.after(this.#backoff.peek(), () => this.flush());
  }

  /** Tells what has not been told yet. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const now = this.policy();
    const changed = changedRights(this.#reported, now);
    this.#reported = now;
    if (Object.keys(changed).length === 0) return;
    this.#backoff.next();
    this.tell(changed);
  }
}
