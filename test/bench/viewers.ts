import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within, type Stage } from '#testing';

export type ViewersRequest =
  | { readonly what: 'join'; readonly port: number; readonly token: string; readonly count: number }
  | { readonly what: 'report' };

export interface ViewersReport {
  /** Since the last report: which mark (a letter's code) came when, in ms since the epoch, for every page. */
  readonly arrivals: readonly (readonly [mark: number, at: number])[];
  /** Of all pages since they joined. */
  readonly bytes: number;
  /** Pages that are still connected. */
  readonly open: number;
}

const DEADLINE_MS = 120_000;

/** Many pages in a process of their own. */
export class Viewers {
  private constructor(private readonly child: ReturnType<typeof fork>) {}

  static async start(stage: Stage): Promise<Viewers> {
    const program = fileURLToPath(new URL('viewers-process.js', import.meta.url));
    const child = fork(program, [], { execArgv: [] });
    stage.onClear(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    });
    return new Viewers(child);
  }

  async ask(request: ViewersRequest): Promise<ViewersReport> {
    const answered = once(this.child, 'message');
    this.child.send(request);
    const [answer] = (await within(answered, `the viewers to ${request.what}`, DEADLINE_MS)) as [
      ViewersReport | string,
    ];
    if (typeof answer === 'string') throw new Error(`the viewers could not ${request.what}: ${answer}`);
    return answer;
  }
}
