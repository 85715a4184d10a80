import { Timeout, type Clock } from '#kernel';

/** A window, and after how many seconds without output it counts as silent (`monitor-silence`); 0 is never. */
export interface SilentWindow {
  readonly uid: number;
  readonly seconds: number;
}

/** Reports windows that have printed nothing for as long as their option says: one timer for all of them. */
export class SilenceWatch {
  readonly #heardAt = new Map<number, number>();
  readonly #timeout: Timeout;

  constructor(
    private readonly clock: Clock,
    /** The windows that are watched now: not the current one, nor those that are known to be silent. */
    private readonly watched: () => readonly SilentWindow[],
    private readonly silent: (uid: number) => void,
  ) {
    this.#timeout = new Timeout(clock);
  }

  /** A pane of the window printed something. */
  heard(uid: number): void {
    if (this.#heardAt.has(uid)) this.#heardAt.set(uid, this.clock.monotonic());
  }

  /** Windows or options changed: looks again who is watched. */
  arm(): void {
    this.#timeout.cancel();
    const watched = this.watched().filter(({ seconds }) => seconds > 0);
    const uids = new Set(watched.map(({ uid }) => uid));
    for (const uid of this.#heardAt.keys()) if (!uids.has(uid)) this.#heardAt.delete(uid);
    if (watched.length === 0) return;
    const now = this.clock.monotonic();
    let next = Infinity;
    for (const { uid, seconds } of watched) {
      const heardAt = this.#heardAt.get(uid) ?? now;
      this.#heardAt.set(uid, heardAt);
      next = Math.min(next, heardAt + seconds * 1000);
    }
    this.#timeout.start(Math.max(0, next - now), () => this.#look());
  }

  #look(): void {
    const now = this.clock.monotonic();
    for (const { uid, seconds } of this.watched()) {
      if (seconds > 0 && now - (this.#heardAt.get(uid) ?? now) >= seconds * 1000) this.silent(uid);
    }
    this.arm();
  }
}
