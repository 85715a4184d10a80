import { readFileSync } from 'node:fs';

/** What the main thread of a process has had and wanted of the machine's processors so far, in milliseconds (Linux). */
interface Share {
  readonly ran: number;
  /** It could have run, and another had the processor. */
  readonly waited: number;
}

function share(pid: number): Share {
  try {
    const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    return { ran: ran / 1e6, waited: waited / 1e6 };
  } catch {
    return { ran: 0, waited: 0 }; // It has ended.
  }
}

/**
 * Tells waiting for a server from waiting for the machine, which others use too: of the time that something took it takes away
 * for how long the processes on the way waited for a processor, and this one was at work itself.
 */
export class Processors {
  /** `pids` are those of the processes on the way, besides this one. */
  constructor(private readonly pids: readonly number[]) {}

  /** Begins now; what it gives tells how long it took until then, in milliseconds, without what the machine is to blame for. */
  start(): () => number {
    const began = performance.now();
    const own = share(process.pid);
    const waited = this.#waited();
    return () => {
      const now = share(process.pid);
      const machine = this.#waited() - waited + (now.waited - own.waited) + (now.ran - own.ran);
      return Math.max(0, performance.now() - began - machine);
    };
  }

  #waited(): number {
    return this.pids.reduce((sum, pid) => sum + share(pid).waited, 0);
  }
}
