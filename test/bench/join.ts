import { setTimeout as delay } from 'node:timers/promises';
import {
  type Figure,
  median,
  PtyJoiner,
  type SshTarget,
  Stage,
  SyntheticJoiner,
  type SyntheticJoinerOptions,
  TmateHost,
} from '#testing';
import { startServer, Yardstick } from './ends.js';

const ROUNDS = 15;
const SHELL = 'echo A-MARK-IN-THE-PANE; exec cat';
const STATUS = ['set', '-g', 'status-right', 'A-MARK-AT-RIGHT'] as const;
/** The pane's text and the end of the status line: the screen is whole. */
const WHOLE = /A-MARK-IN-THE-PANE[\s\S]*A-MARK-AT-RIGHT/;

/** From the start of a joiner's connection to its first whole screen, compared with OpenSSH's sshd and tmux. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const host = await stage.add(
      TmateHost.start({ serverConf: server.tmateConf, shell: SHELL, conf: `${STATUS.join(' ')}\n` }),
    );
    await host.waitReady();
    const yardstick = await Yardstick.start(stage, SHELL, STATUS);
    const port = server.sshPort;
    const token = await host.token();
    const times: Record<'ours' | 'theirs' | 'oursBySsh' | 'theirsBySsh', number[]> = {
      ours: [],
      theirs: [],
      oursBySsh: [],
      theirsBySsh: [],
    };
    for (let round = 0; round < ROUNDS; round++) {
      times.ours.push(await synthetic({ port, token }));
      times.theirs.push(await synthetic(yardstick.options));
      times.oursBySsh.push(await openSsh({ port, user: token }));
      times.theirsBySsh.push(await openSsh(yardstick.sshTarget));
    }
    return [
      {
        name: 'TCP to first full screen, beside sshd and tmux',
        value: median(times.ours),
        unit: 'ms',
        yardstick: median(times.theirs),
        aim: 'no slower',
      },
      {
        name: "start of OpenSSH's ssh to first full screen, beside sshd and tmux",
        value: median(times.oursBySsh),
        unit: 'ms',
        yardstick: median(times.theirsBySsh),
        aim: 'no slower',
      },
    ];
  } finally {
    await stage.clear();
  }
}

async function synthetic(options: SyntheticJoinerOptions): Promise<number> {
  const began = performance.now();
  const joiner = await SyntheticJoiner.start(options);
  return await toBeWhole(joiner, began);
}

async function openSsh(target: SshTarget): Promise<number> {
  const began = performance.now();
  return await toBeWhole(new PtyJoiner(target), began);
}

async function toBeWhole(joiner: SyntheticJoiner | PtyJoiner, began: number): Promise<number> {
  try {
    const limit = began + 10_000;
    while (!WHOLE.test(await joiner.screen.text())) {
      if (performance.now() > limit) throw new Error(`no whole screen came:\n${await joiner.screen.text()}`);
      await delay(1);
    }
    return performance.now() - began;
  } finally {
    await joiner.stop();
  }
}
