import { Timeout, type Clock, type ParticipantId } from '#kernel';
import type { HostLink } from '../ports.js';

/**
 * How long after a key, in ms, the host is asked whether it has received it: after the echo, and once for keys that are typed
 * together.
 */
export const ASK_DELAY_MS = 50;

/**
 * When a host has neither answered nor sent anything for this long, in ms, it gets no more input: what is typed after that
 * cannot have arrived, and is held. Most hosts need far less to answer; those that need more get input in larger pieces.
 */
export const STALL_MS = 500;

/** After this time, in ms, joiners are told that the host does not answer. */
export const SILENT_MS = 2500;

/** While somebody is watching, a silent host is asked this often whether it is still there, in ms. */
export const WATCH_MS = 2000;

export interface HostInputDeps {
  readonly clock: Clock;
  /** Whether anybody looks on. */
  readonly isWatched: () => boolean;
  /** The host takes input again. */
  readonly onTakes: () => void;
  /** The host has received everything that these people typed so far. */
  readonly onArrived: (from: readonly ParticipantId[]) => void;
  /** The host does not answer, or answers again; the former is repeated every `WATCH_MS`. */
  readonly onSilent: (silent: boolean) => void;
}

/**
 * Knows which input has arrived at the host. The host protocol has no acknowledgements, but ssh answers requests in order: the
 * answer to a request that was sent after some input shows that the input was received. There is one request at a time. Input
 * without an answer when the connection is lost may have arrived or not. Typing it again could do harm twice, so the people who
 * typed it are told.
 */
export class HostInput {
  #link: HostLink | undefined;
  /** Joiners who typed after the last request; and, while it is unanswered, those who typed before it. */
  #since = new Set<ParticipantId>();
  #covered = new Set<ParticipantId>();
  /** People whose input may not have arrived before the connection was lost, until there is a new one. */
  #unsure: ReadonlySet<ParticipantId> = new Set();
  /** Those of them who have not been notified yet. */
  readonly #doubtful = new Set<ParticipantId>();
  #isAsking = false;
  #askedAtMs = 0;
  #heardAtMs = 0;
  #isStalled = false;
  #isSilent = false;
  readonly #askLater: Timeout;
  readonly #stall: Timeout;
  readonly #watch: Timeout;

  constructor(private readonly deps: HostInputDeps) {
    this.#askLater = new Timeout(deps.clock);
    this.#stall = new Timeout(deps.clock);
    this.#watch = new Timeout(deps.clock);
  }

  /** Whether input may be sent: if not, it is held. */
  get takes(): boolean {
    return this.#link !== undefined && !this.#isStalled;
  }

  /** The host does not answer, for long enough that people should know. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** The host has a new connection, or has lost it (undefined). */
  attach(link: HostLink | undefined): void {
    for (const id of [...this.#covered, ...this.#since]) this.#doubtful.add(id);
    this.#unsure = link === undefined ? new Set([...this.#unsure, ...this.#doubtful]) : new Set();
    this.#covered.clear();
    this.#since.clear();
    for (const timeout of [this.#askLater, this.#stall, this.#watch]) timeout.cancel();
    this.#isAsking = this.#isStalled = this.#isSilent = false;
    this.#link = link;
    this.#heardAtMs = this.deps.clock.monotonic();
    this.watch();
  }

  /** People whose input may not have arrived; each is returned once. */
  takeDoubtful(): readonly ParticipantId[] {
    const all = [...this.#doubtful];
    this.#doubtful.clear();
    return all;
  }

  /** Whether all that somebody typed has arrived. */
  hasArrived(from: ParticipantId): boolean {
    return !this.#since.has(from) && !this.#covered.has(from) && !this.#unsure.has(from);
  }

  /** Input of somebody was sent. */
  sent(from: ParticipantId): void {
    this.#since.add(from);
    this.#askSoon();
  }

  /** The host sent something. */
  heard(): void {
    this.#heardAtMs = this.deps.clock.monotonic();
    this.#flows();
  }

  /** Somebody has started to watch. */
  watch(): void {
    if (this.#watch.running || this.#link === undefined || !this.deps.isWatched()) return;
    const dueMs = this.#heardAtMs + WATCH_MS - this.deps.clock.monotonic();
    this.#watch.start(dueMs > 0 ? dueMs : WATCH_MS, () => {
      if (!this.deps.isWatched()) return;
      if (this.#isSilent) this.deps.onSilent(true);
      else if (this.deps.clock.monotonic() - this.#heardAtMs >= WATCH_MS) this.#ask();
      this.watch();
    });
  }

  dispose(): void {
    this.attach(undefined);
  }

  #askSoon(): void {
    if (this.#isAsking) return;
    this.#askLater.startIfIdle(ASK_DELAY_MS, () => this.#ask());
  }

  #ask(): void {
    this.#askLater.cancel();
    const link = this.#link;
    if (link === undefined || this.#isAsking) return;
    this.#isAsking = true;
    this.#askedAtMs = this.deps.clock.monotonic();
    this.#covered = this.#since;
    this.#since = new Set();
    this.#awaitAnswer(STALL_MS);
    link.acknowledge((arrived) => {
      // Without an answer, the connection is over, which is reported separately.
      if (arrived && link === this.#link) this.#answered();
    });
  }

  #answered(): void {
    this.#stall.cancel();
    this.#isAsking = false;
    const arrived = [...this.#covered].filter((id) => !this.#since.has(id));
    this.#covered.clear();
    this.heard();
    if (arrived.length > 0) this.deps.onArrived(arrived);
    if (this.#since.size > 0) this.#askSoon();
  }

  #awaitAnswer(ms: number): void {
    this.#stall.start(ms, () => {
      const quietMs = this.deps.clock.monotonic() - Math.max(this.#askedAtMs, this.#heardAtMs);
      if (quietMs < STALL_MS) return this.#awaitAnswer(STALL_MS - quietMs);
      this.#isStalled = true;
      if (quietMs < SILENT_MS) return this.#awaitAnswer(SILENT_MS - quietMs);
      this.#isSilent = true;
      this.deps.onSilent(true);
    });
  }

  /** A sign of life: held input is sent. An unanswered request is still waited for. */
  #flows(): void {
    if (this.#isSilent) {
      this.#isSilent = false;
      if (this.#isAsking) this.#awaitAnswer(STALL_MS);
      this.deps.onSilent(false);
    }
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.deps.onTakes();
  }
}
