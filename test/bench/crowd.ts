import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { within, type Stage } from '#testing';

/** What a crowd is asked; it answers `done` to each. */
export type CrowdRequest =
  | { readonly what: 'join'; readonly port: number; readonly token: string; readonly count: number }
  | { readonly what: 'host'; readonly port: number; readonly count: number; readonly commands: string[][] }
  /** Hosts that print a line a second, each watched by a joiner at another edge. */
  | { readonly what: 'share'; readonly port: number; readonly joinPort: number; readonly count: number }
  /** The first `count` joiners stop reading, or read on. */
  | { readonly what: 'pause' | 'resume'; readonly count: number };

const DEADLINE_MS = 60_000;

/** Many joiners or hosts in a process of their own, so that they take no time of the one that measures. */
export class Crowd {
  private constructor(private readonly child: ReturnType<typeof fork>) {}

  static async start(stage: Stage): Promise<Crowd> {
    const program = fileURLToPath(new URL('crowd-process.js', import.meta.url));
    const child = fork(program, [], { execArgv: [] });
    stage.onClear(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    });
    return new Crowd(child);
  }

  async ask(request: CrowdRequest): Promise<void> {
    const answered = once(this.child, 'message');
    this.child.send(request);
    const [answer] = (await within(answered, `the crowd to ${request.what}`, DEADLINE_MS)) as [string];
    if (answer !== 'done') throw new Error(`the crowd could not ${request.what}: ${answer}`);
  }
}
