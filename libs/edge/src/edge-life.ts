import type { Disposable } from '#kernel';
import type { EdgeSessions } from '#fleet';

/**
 * Starts and stops an edge's sessions. Every transport of a process asks for both, and each happens once: transports begin to
 * listen when the sessions are known, and close when their joiners and hosts have been notified.
 */
export class EdgeLife {
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #begun: Disposable | undefined;
  readonly #onStopping: (() => void)[] = [];

  constructor(
    private readonly sessions: Pick<EdgeSessions, 'start' | 'hasSuccessor' | 'drain' | 'stop'>,
    /** How long joiners may stay while other edges take over the sessions, in ms; undefined if there is no other edge. */
    private readonly drainMs?: number,
    /** What else begins when the sessions are known, and ends before they do. */
    private readonly begin: () => Promise<Disposable> = async () => ({ dispose: () => undefined }),
  ) {}

  /** Calls `listener` when the edge begins to stop: from then on, no new connections may be accepted. */
  onStopping(listener: () => void): void {
    this.#onStopping.push(listener);
  }

  async start(): Promise<void> {
    await (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    await this.sessions.start();
    this.#begun = await this.begin();
  }

  /** Hands the sessions to other edges, if there are any, waits for the joiners to leave, and ends the rest. */
  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const listener of this.#onStopping) listener();
    // With nobody to take the hosts, they would wait for the end of the drain: the sooner this edge is back, the better.
    if (this.drainMs !== undefined && (await this.sessions.hasSuccessor())) await this.sessions.drain(this.drainMs);
    this.#begun?.dispose();
    await this.sessions.stop();
  }
}
