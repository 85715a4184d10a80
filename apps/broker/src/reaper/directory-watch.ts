import type { Clock, Disposable, Timer } from '#kernel';
import { EDGE_RENEW_MS, Steadiness, type Directory } from '#directory';

/**
 * Asks the directory for a sign of life as often as an edge does, to know whether this process was cut off from it. Where no edge
 * has a lease, it is the edges that are cut off, or all of them are down: their hosts may live, and have nowhere to come back to.
 */
export class DirectoryWatch implements Disposable {
  readonly #steadiness: Steadiness;
  #timer: Timer | undefined;
  #disposed = false;

  constructor(
    private readonly directory: Pick<Directory, 'listEdges'>,
    private readonly clock: Clock,
  ) {
    this.#steadiness = new Steadiness(clock);
  }

  start(): void {
    void this.#look();
  }

  /** How much longer this process may take no session for dead, in ms; 0 when it may. */
  get missingMs(): number {
    return this.#steadiness.missingMs;
  }

  /** How long it was cut off, in ms: the breaks that ended in the last `windowMs`. */
  brokenMs(windowMs: number): number {
    return this.#steadiness.brokenMs(windowMs);
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    try {
      const edges = await this.directory.listEdges();
      if (edges.length > 0) this.#steadiness.answered();
      else this.#steadiness.broke();
    } catch {
      // The callers of the directory report its faults.
      this.#steadiness.broke();
    }
    if (!this.#disposed) this.#timer = this.clock.after(EDGE_RENEW_MS, () => void this.#look());
  }
}
