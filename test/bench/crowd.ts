import type { Stage } from '#testing';
import { SideProcess } from './side-process.js';

/** What a crowd is asked; it answers `done` to each. */
export type CrowdRequest =
  | { readonly what: 'join'; readonly port: number; readonly token: string; readonly count: number }
  | { readonly what: 'host'; readonly port: number; readonly count: number; readonly commands: string[][] }
  /** Hosts that print a line a second, each watched by a joiner at another edge. */
  | { readonly what: 'share'; readonly port: number; readonly joinPort: number; readonly count: number }
  /** The first `count` joiners stop reading, or read on. */
  | { readonly what: 'pause' | 'resume'; readonly count: number };

const DEADLINE_MS = 60_000;

/** Many joiners or hosts in a process of their own. */
export class Crowd {
  private constructor(private readonly process: SideProcess<CrowdRequest, string>) {}

  static async start(stage: Stage): Promise<Crowd> {
    return new Crowd(await SideProcess.start(stage, 'crowd-process.js', DEADLINE_MS));
  }

  async ask(request: CrowdRequest): Promise<void> {
    const answer = await this.process.ask(request);
    if (answer !== 'done') throw new Error(`the crowd could not ${request.what}: ${answer}`);
  }
}
