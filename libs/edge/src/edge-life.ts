import type { EdgeSessions } from '#session';

/**
 * The beginning and the end of an edge's sessions. Every transport of a process asks for both, and each happens once:
 * transports begin to listen when the sessions are known, and close when their joiners and hosts have been told.
 */
export class EdgeLife {
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(private readonly sessions: Pick<EdgeSessions, 'start' | 'stop'>) {}

  async start(): Promise<void> {
    await (this.#started ??= this.sessions.start());
  }

  async stop(): Promise<void> {
    await (this.#stopped ??= this.sessions.stop());
  }
}
