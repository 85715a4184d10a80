/** What a check of the windows needs to know of each: by `uid`, and whether `monitor-activity` holds for it. */
export interface WatchedWindow {
  readonly uid: number;
  readonly monitored: boolean;
}

/**
 * Which windows want to be noticed. The protocol carries neither bells nor activity nor silence: they come from the output of the
 * panes, by tmux's rules. As there, output is remembered whether it is asked for or not, and looked at together with
 * the next alert of any window; being current ends all of them.
 */
export class Alerts {
  readonly #rung = new Set<number>();
  readonly #active = new Set<number>();
  readonly #silent = new Set<number>();
  /** Windows that printed something since they were looked at last. */
  readonly #heard = new Set<number>();

  /** Whether a bell rang there since it was current last. */
  hasRung(uid: number): boolean {
    return this.#rung.has(uid);
  }

  /** Whether there was activity that was asked for. */
  isActive(uid: number): boolean {
    return this.#active.has(uid);
  }

  /** Whether it was silent for as long as was asked for. */
  isSilent(uid: number): boolean {
    return this.#silent.has(uid);
  }

  /** The window, which is not the current one, has been silent. */
  silent(uid: number): void {
    this.#silent.add(uid);
  }

  /** A bell in a window that is not the current one. */
  rang(uid: number): void {
    this.#rung.add(uid);
  }

  /** A pane of the window printed something. */
  heard(uid: number): void {
    this.#heard.add(uid);
  }

  /** Marks windows with monitored activity; returns the ones that were not marked before. */
  check(windows: Iterable<WatchedWindow>, current: number | undefined): number[] {
    const marked: number[] = [];
    for (const { uid, monitored } of windows) {
      if (uid === current) this.#heard.delete(uid);
      else if (monitored && this.#heard.has(uid) && !this.#active.has(uid)) {
        this.#active.add(uid);
        marked.push(uid);
      }
    }
    return marked;
  }

  /** A window became the current one: it is noticed. */
  seen(uid: number): void {
    const sets = [this.#rung, this.#active, this.#silent];
    const alerted = sets.map((uids) => uids.delete(uid)).includes(true);
    if (alerted) this.#heard.delete(uid);
  }

  /** All of it, for another process: windows that rang, that are active, that printed something. */
  get saved(): readonly [number[], number[], number[]] {
    return [[...this.#rung], [...this.#active], [...this.#heard]];
  }

  /** Takes over what `saved` returned. */
  restore([rung, active, heard]: readonly [readonly number[], readonly number[], readonly number[]]): void {
    for (const uid of rung) this.#rung.add(uid);
    for (const uid of active) this.#active.add(uid);
    for (const uid of heard) this.#heard.add(uid);
  }

  /** Forgets windows that no longer exist. */
  keep(alive: ReadonlySet<number>): void {
    for (const uids of [this.#rung, this.#active, this.#silent, this.#heard]) {
      for (const uid of uids) if (!alive.has(uid)) uids.delete(uid);
    }
  }
}
