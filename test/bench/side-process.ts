import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within, type Stage } from '#testing';

/** A program of this folder in a process of its own, so that it takes no time of the one that measures. */
export class SideProcess<Request extends { readonly what: string }, Answer = unknown> {
  private constructor(
    private readonly child: ReturnType<typeof fork>,
    private readonly deadlineMs: number,
  ) {}

  /** Starts `program`, a file next to this one; it is killed with `stage`. Each of its answers may take `deadlineMs`. */
  static async start<Request extends { readonly what: string }, Answer>(
    stage: Stage,
    program: string,
    deadlineMs: number,
  ): Promise<SideProcess<Request, Answer>> {
    const child = fork(fileURLToPath(new URL(program, import.meta.url)), [], { execArgv: [] });
    stage.onClear(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    });
    return new SideProcess(child, deadlineMs);
  }

  /** Sends a request, and gives the one message that answers it. */
  async ask(request: Request): Promise<Answer> {
    const answered = once(this.child, 'message');
    this.child.send(request);
    const [answer] = (await within(answered, `the other process to ${request.what}`, this.deadlineMs)) as [Answer];
    return answer;
  }
}
