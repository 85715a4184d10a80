import type { Clock, Timer } from '#kernel';
import { EDGE_RENEW_MS, type Directory, type EdgeRecord } from '#directory';

export interface EdgeLeaseDeps {
  readonly clock: Clock;
  readonly directory: Directory;
  /** Those of other regions, which must know that this edge's joiners are there. */
  readonly others: readonly Directory[];
  readonly describe: () => EdgeRecord;
  /** The directory answered; `lost`: others may have this edge's sessions by now, or the directory forgot them. */
  readonly onAnswer: (lost: boolean) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** Says every few seconds that this edge is alive: one call, however many sessions it has. */
export class EdgeLease {
  #timer: Timer | undefined;
  #beating = false;
  #known = false;
  #stopped = false;

  constructor(private readonly deps: EdgeLeaseDeps) {}

  /** Begins; resolves when the first heartbeat was answered, or could not be sent. */
  async start(): Promise<void> {
    await this.beat();
    this.#next();
  }

  /** Says it now. */
  async beat(): Promise<void> {
    if (this.#beating || this.#stopped) return;
    this.#beating = true;
    const edge = this.deps.describe();
    for (const other of this.deps.others) void this.#quietly(other.heartbeat(edge));
    try {
      const { renewed } = await this.deps.directory.heartbeat(edge);
      const first = !this.#known;
      this.#known = true;
      if (!this.#stopped) this.deps.onAnswer(!renewed && !first);
    } catch (error) {
      this.deps.failed('directory: heartbeat', error);
    } finally {
      this.#beating = false;
    }
  }

  /** Ends the lease at once. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    const { id } = this.deps.describe();
    await Promise.all([this.deps.directory, ...this.deps.others].map((one) => this.#quietly(one.removeEdge(id))));
  }

  #next(): void {
    this.#timer = this.deps.clock.after(EDGE_RENEW_MS, () => {
      if (this.#stopped) return;
      void this.beat();
      this.#next();
    });
  }

  async #quietly(call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      this.deps.failed('directory: another region', error);
    }
  }
}
