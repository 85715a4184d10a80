import { setTimeout as delay } from 'node:timers/promises';
import { type Stage, SyntheticJoiner, TmateHost, until, within } from '#testing';
import { Processors } from './processors.js';

/** Letters that stand in no sequence and no status line on the way. */
const LETTERS = 'xzjwy';
/** A letter that is not back by then is lost, in milliseconds. */
const LOST_MS = 10_000;
/** Letters of a line; then Enter, and `cat` says it again. */
const LINE = 30;

/** A session of a stock tmate with one writer, who types all the time, and knows nothing of what goes on around. */
export class Innocent {
  #typed = 0;

  private constructor(
    readonly host: TmateHost,
    readonly joiner: SyntheticJoiner,
    readonly readerToken: string,
    private readonly processors: Processors,
  ) {}

  /** `hostConf` names the edge of the host, `port` is that of the joiner's; `pids` are the servers on the way between the two. */
  static async start(
    stage: Stage,
    { hostConf, port, pids }: { hostConf: string; port: number; pids: readonly number[] },
  ): Promise<Innocent> {
    const host = await stage.add(TmateHost.start({ serverConf: hostConf, shell: 'exec cat' }));
    await host.waitReady();
    const joiner = await stage.add(SyntheticJoiner.start({ port, token: await host.token() }));
    const innocent = new Innocent(host, joiner, await host.token('read'), new Processors([...pids, host.pid]));
    for (let n = 0; n < LINE; n++) await innocent.type();
    await innocent.toMatch();
    return innocent;
  }

  /** Types a letter, waits until it shows, and gives how long that took without what the machine is to blame for: see `Processors`. */
  async type(): Promise<number> {
    this.#typed += 1;
    if (this.#typed % LINE === 0) {
      await this.joiner.type('\r');
      await delay(100);
    }
    const letter = LETTERS.charAt(this.#typed % LETTERS.length);
    const code = letter.charCodeAt(0);
    const took = this.processors.start();
    const echo = new Promise<number>((resolve) =>
      this.joiner.onData((bytes) => {
        if (bytes.includes(code)) resolve(took());
      }),
    );
    await this.joiner.type(letter);
    return await within(echo, `the echo of ${letter}`, LOST_MS);
  }

  /** Types until `done`, at a quick typist's pace, and gives how long each echo took, in milliseconds. */
  async typeUntil(done: () => boolean): Promise<number[]> {
    const echoes: number[] = [];
    while (!done()) {
      echoes.push(await this.type());
      await delay(8 + (this.#typed % 5) * 4);
    }
    return echoes;
  }

  /** Waits until joiner and host show the same; throws with both when they do not. */
  async toMatch(): Promise<void> {
    let [shown, had] = ['', ''];
    await until(
      async () => {
        had = (await this.host.capture())
          .split('\n')
          .slice(0, -1)
          .map((line) => line.trimEnd())
          .join('\n');
        const { lines } = await this.joiner.screen.read();
        shown = lines.slice(0, had.split('\n').length).join('\n');
        return shown === had;
      },
      { what: 'the innocent screen to be the host’s', everyMs: 50, deadlineMs: LOST_MS },
    ).catch(() => {
      throw new Error(`the joiner sees\n${shown}\nand the host has\n${had}`);
    });
  }
}
