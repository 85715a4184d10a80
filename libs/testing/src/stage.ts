/** What a test has started and must end. */
export interface Stoppable {
  stop(): unknown;
}

/** Keeps what a test starts, and ends it in the reverse order; `afterEach(() => stage.clear())`. */
export class Stage {
  #started: Stoppable[] = [];

  /** Keeps what `starting` gives, once it is there. */
  async add<T extends Stoppable>(starting: T | Promise<T>): Promise<T> {
    const started = await starting;
    this.#started.push(started);
    return started;
  }

  /** Has `release` called at the end. */
  onClear(release: () => unknown): void {
    this.#started.push({ stop: release });
  }

  /** Ends all of it, even when some fails to end, and then throws what went wrong. */
  async clear(): Promise<void> {
    const started = this.#started.toReversed();
    this.#started = [];
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
}
