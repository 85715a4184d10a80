import { Timeout, type Clock } from '#kernel';
import { HostWait } from '../room/host-wait.js';
import { RelayText, waitingText } from '../texts.js';

/** When a replica has been behind for this long, in ms, joiners are told: a snapshot usually comes sooner. */
export const BEHIND_MS = 1000;

/** How a session's home and its host are, as one of its replicas knows: what joiners should read as long as it is true. */
export class HomeHealth {
  readonly #wait: HostWait;
  /** The directory reported the wait, not the home: a sign of life of the home ends it. */
  #isPresumed = false;
  /** The home says that its host does not answer. */
  #isSilent = false;
  #isBehind = false;
  readonly #behind: Timeout;

  constructor(
    clock: Clock,
    /** The notice has changed. */
    private readonly onChange: () => void,
    /** The wait for the host is over. */
    onExpired: () => void,
  ) {
    this.#behind = new Timeout(clock);
    this.#wait = new HostWait(clock, onChange, onExpired);
  }

  /** How much longer the session waits for the host, in ms; undefined while it is there. */
  get waitMs(): number | undefined {
    return this.#wait.leftMs;
  }

  get notice(): string | undefined {
    const { leftMs } = this.#wait;
    if (leftMs !== undefined) return waitingText(leftMs);
    if (this.#isBehind) return RelayText.behind;
    return this.#isSilent ? RelayText.silent : undefined;
  }

  /** Only the directory's answer makes the home count as lost. */
  get isPresumedLost(): boolean {
    return this.#isPresumed && this.#wait.leftMs !== undefined;
  }

  /** The directory says that there is no home, which may last this long. */
  presumeLost(leftMs: number): void {
    if (this.#wait.leftMs !== undefined) return;
    this.#isPresumed = true;
    this.#wait.start(leftMs);
  }

  /** A sign of life of the home: what the directory said is not true any more. */
  homeIsThere(): void {
    if (this.#isPresumed) this.#hostIsThere();
  }

  /** The home says that it has lost its host, and how long it waits for it. */
  hostLost(leftMs: number): void {
    this.#isSilent = false;
    this.#isPresumed = false;
    this.#wait.start(leftMs);
  }

  /** A snapshot says that the host is there. */
  hostIsThere(): void {
    this.#isSilent = false;
    this.#hostIsThere();
  }

  setSilent(silent: boolean): void {
    if (silent === this.#isSilent) return;
    this.#isSilent = silent;
    this.onChange();
  }

  setBehind(behind: boolean): void {
    this.#behind.cancel();
    if (behind === this.#isBehind) return;
    if (behind) this.#behind.start(BEHIND_MS, () => this.#nowBehind(true));
    else this.#nowBehind(false);
  }

  dispose(): void {
    this.#behind.cancel();
    this.#wait.stop();
  }

  #nowBehind(behind: boolean): void {
    this.#isBehind = behind;
    this.onChange();
  }

  #hostIsThere(): void {
    this.#isPresumed = false;
    if (this.#wait.leftMs === undefined) return;
    this.#wait.stop();
    this.onChange();
  }
}
