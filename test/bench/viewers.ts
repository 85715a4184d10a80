import type { Stage } from '#testing';
import { SideProcess } from './side-process.js';

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
  private constructor(private readonly process: SideProcess<ViewersRequest, ViewersReport | string>) {}

  static async start(stage: Stage): Promise<Viewers> {
    return new Viewers(await SideProcess.start(stage, 'viewers-process.js', DEADLINE_MS));
  }

  async ask(request: ViewersRequest): Promise<ViewersReport> {
    const answer = await this.process.ask(request);
    if (typeof answer === 'string') throw new Error(`the viewers could not ${request.what}: ${answer}`);
    return answer;
  }
}
