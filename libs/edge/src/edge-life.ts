import type { Disposable } from '#kernel';
import type { EdgeSessions } from '#fleet';

/**
 * The beginning and the end of an edge's sessions. Every transport of a process asks for both, and each happens once:
 * transports begin to listen when the sessions are known, and close when their joiners and hosts have been told.
 */
export class EdgeLife {
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #begun: Disposable | undefined;
  readonly #onStopping: (() => void)[] = [];

  constructor(
    private readonly sessions: Pick<EdgeSessions, 'start' | 'drain' | 'stop'>,
    /** How long joiners may stay while other edges take the sessions; undefined where there is no other edge. */
    private readonly drainMs?: number,
    /** What else begins when the sessions are known, and ends before they do. */
    private readonly begin: () => Promise<Disposable> = async () => ({ dispose: () => undefined }),
  ) {}

  /** Calls `listener` when the end begins: from then on nobody new is to be let in. */
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

  /** Gives the sessions to other edges, where there are any, waits for the joiners to leave, and ends what is left. */
  async stop(): Promise<void> {
    await (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const listener of this.#onStopping) listener();
    if (this.drainMs !== undefined) await this.sessions.drain(this.drainMs);
    this.#begun?.dispose();
    await this.sessions.stop();
  }
}
