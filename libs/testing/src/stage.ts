/** What a test has started and must end. */
export interface Stoppable {
  stop(): unknown;
}

/** Stages that hold something. */
const inUse = new Set<Stage>();

/** Keeps what a test starts, and ends it in the reverse order; `afterEach(() => stage.clear())`. */
export class Stage {
  #started: Stoppable[] = [];

  /** Keeps what `starting` gives, once it is there. */
  async add<T extends Stoppable>(starting: T | Promise<T>): Promise<T> {
    const started = await starting;
    this.#keep(started);
    return started;
  }

  /** Has `release` called at the end. */
  onClear(release: () => unknown): void {
    this.#keep({ stop: release });
  }

  /** Ends all of it, even when some fails to end, and then throws what went wrong. */
  async clear(): Promise<void> {
    const started = this.#started.toReversed();
    this.#started = [];
    inUse.delete(this);
    const errors: unknown[] = [];
    for (const item of started) {
      try {
        await item.stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0)
      throw new AggregateError(errors, `could not end what the test started: ${errors.map(String).join('; ')}`);
  }

  /** Ends everything that all stages of this process have started, for a process that must stop. */
  static async clearAll(): Promise<void> {
    await Promise.allSettled([...inUse].map((stage) => stage.clear()));
  }

  #keep(started: Stoppable): void {
    this.#started.push(started);
    inUse.add(this);
  }
}
