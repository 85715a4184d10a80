import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Figure,
  median,
  percentile,
  type Shipmate,
  Stage,
  SyntheticJoiner,
  tempDir,
  TmateHost,
  until,
} from '#testing';
import { Crowd } from './crowd.js';
import { echoes } from './echo.js';
import { heldBytes, joinerEnd, quiet, startServer, Yardstick } from './ends.js';

const JOINERS = 20;
const STOPPED = 10;
const FILE_BYTES = 50 * 1024 * 1024;
const ROUNDS = 1;
const INTERRUPTS = 3;
const MB = 1024 * 1024;

/** What a flood on the host costs the host, whoever watches; and what a flood costs those who watch. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const floods = await Floods.start(stage, server);
    const figures = await floods.onTheHost();
    figures.push(...(await floods.stoppedJoiner()), await floods.interrupt());
    figures.push(...(await besideAFlood(stage, server)));
    return figures;
  } finally {
    await stage.clear();
  }
}

class Floods {
  #count = 0;

  private constructor(
    private readonly stage: Stage,
    private readonly server: Shipmate,
    private readonly watched: TmateHost,
    private readonly unwatched: TmateHost,
    private readonly token: string,
    private readonly folder: string,
  ) {}

  static async start(stage: Stage, server: Shipmate): Promise<Floods> {
    const folder = tempDir('smb');
    stage.onClear(() => folder.dispose());
    await writeText(`${folder.path}/text`);
    const hosts = [];
    for (let n = 0; n < 2; n++) {
      const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf }));
      await host.waitReady();
      hosts.push(host);
    }
    const [watched, unwatched] = hosts as [TmateHost, TmateHost];
    return new Floods(stage, server, watched, unwatched, await watched.token(), folder.path);
  }

  /** Seconds with joiners compared with seconds without, alternately, so that both meet the same conditions. */
  async onTheHost(): Promise<Figure[]> {
    const crowd = await Crowd.start(this.stage);
    await crowd.ask({ what: 'join', port: this.server.sshPort, token: this.token, count: JOINERS });
    await crowd.ask({ what: 'pause', count: STOPPED });
    const figures: Figure[] = [];
    for (const [name, command] of [
      [`cat of ${FILE_BYTES / MB} MB`, `cat ${this.folder}/text`],
      ['seq 1 2000000', 'seq 1 2000000'],
    ] as const) {
      const watched: number[] = [];
      const unwatched: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        unwatched.push(await this.seconds(this.unwatched, command));
        watched.push(await this.seconds(this.watched, command));
      }
      figures.push({
        name: `${name} on the host, ${JOINERS} joiners of whom ${STOPPED} do not read, beside none`,
        value: Math.min(...watched),
        unit: 's',
        yardstick: Math.min(...unwatched),
        aim: '1.1 times',
      });
    }
    await crowd.ask({ what: 'resume', count: STOPPED });
    return figures;
  }

  /** What a joiner that stopped reading costs the server in a flood, and when it sees what is then. */
  async stoppedJoiner(): Promise<Figure[]> {
    const { server, token } = this;
    const joiner = await this.stage.add(SyntheticJoiner.start({ port: server.sshPort, token }));
    const crowd = await Crowd.start(this.stage);
    await crowd.ask({ what: 'join', port: server.sshPort, token, count: JOINERS });
    const flood = async (): Promise<number> => {
      await this.seconds(this.watched, 'seq 1 1000000');
      return await heldBytes(server);
    };
    await flood();
    const reading = await flood();
    joiner.pause();
    await crowd.ask({ what: 'pause', count: JOINERS });
    const stopped = await flood();
    await this.watched.typeLine('echo the pre\\sent');
    await delay(300);
    const began = performance.now();
    joiner.resume();
    await joiner.screen.toShow('the present');
    const seenMs = performance.now() - began;
    await crowd.ask({ what: 'resume', count: JOINERS });
    await joiner.stop();
    return [
      {
        name: "the server's growth in a flood for a joiner that stopped reading",
        value: (stopped - reading) / MB / (JOINERS + 1),
        unit: 'MB',
        aim: 'under 1 MB, and it stays',
      },
      { name: 'a stopped joiner sees the present when it reads again', value: seenMs, unit: 'ms' },
    ];
  }

  /** Ctrl-C of a joiner in a flood, until its screen is quiet. */
  async interrupt(): Promise<Figure> {
    const joiner = await joinerEnd(this.stage, { port: this.server.sshPort, token: this.token });
    const times: number[] = [];
    for (let round = 0; round < INTERRUPTS; round++) {
      await this.watched.typeLine('yes');
      await delay(1500);
      const began = performance.now();
      joiner.type('\u{3}');
      times.push(((await quiet(joiner, 700, 20_000)) - began) / 1000);
    }
    await joiner.stop();
    return {
      name: 'Ctrl-C in a flood until the screen is quiet, median',
      value: median(times),
      unit: 's',
      aim: '0.5 s',
    };
  }

  private async seconds(host: TmateHost, command: string): Promise<number> {
    const mark = `${this.folder}/mark-${this.#count++}`;
    await host.typeLine(`clear; date +%s%N >${mark}; ${command}; date +%s%N >>${mark}; touch ${mark}.end`);
    await until(() => existsSync(`${mark}.end`), { what: command, deadlineMs: 60_000, everyMs: 20 });
    const [from = 0n, to = 0n] = readFileSync(mark, 'utf8').trim().split('\n').map(BigInt);
    return Number(to - from) / 1e9;
  }
}

/** Echo in one window while another window floods; with sshd and tmux the same. */
async function besideAFlood(stage: Stage, server: Shipmate): Promise<Figure[]> {
  const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: 'exec cat' }));
  await host.waitReady();
  const joiner = await joinerEnd(stage, { port: server.sshPort, token: await host.token() });
  await delay(500);
  await host.command('new-window', '-d', 'exec yes');
  await delay(1000);
  const ours = await echoes(joiner, 120);
  await host.stop();
  const yardstick = await Yardstick.start(stage, 'exec cat');
  const tmux = await joinerEnd(stage, yardstick.options);
  await delay(500);
  await yardstick.tmux('new-window', '-d', 'exec yes');
  await delay(1000);
  const theirs = await echoes(tmux, 120);
  return [0.5, 0.95].map((share) => ({
    name: `echo p${share * 100} in a window while another floods, beside sshd and tmux`,
    value: percentile(ours, share),
    unit: 'ms',
    yardstick: percentile(theirs, share),
    ...(share === 0.95 ? { aim: '50 ms' } : {}),
  }));
}

async function writeText(path: string): Promise<void> {
  const line = 'The quick brown fox jumps over the lazy dog, and then it looks back once more.\n';
  const block = Buffer.from(line.repeat(Math.ceil(MB / line.length))).subarray(0, MB);
  const file = createWriteStream(path);
  for (let at = 0; at < FILE_BYTES; at += MB) file.write(block);
  await new Promise<void>((resolve) => file.end(resolve));
}
