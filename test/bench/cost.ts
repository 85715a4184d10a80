import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, median, Stage, TmateHost, within } from '#testing';
import { cpuSeconds, joinerEnd, startServer, Yardstick, type End } from './ends.js';

/** Letters that stand in no sequence and no status line on the way. */
const LETTERS = 'xzjwy';
/** After these, the code of the server is compiled, as in one that has run for a while. */
const WARM_UP_KEYS = 3_000;
const KEYS = 1_000;
const SLOW_KEYS = 60;
const ROUNDS = 3;
const IDLE_MS = 3_000;

/**
 * What a key and its echo cost the server: CPU time, user and system, in ms a key; next to what sshd and the tmux client that it
 * runs use for the same. At typing speed, what the server uses without any keys is taken off.
 */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: 'exec cat' }));
    await host.waitReady();
    const yardstick = await Yardstick.start(stage, 'exec cat');
    const joiner = await joinerEnd(stage, { port: server.sshPort, token: await host.token() });
    const login = await joinerEnd(stage, yardstick.options);
    await delay(1000);
    await type(joiner, WARM_UP_KEYS, 1);
    await type(login, 100, 1);

    const ours = [server.program.pid];
    const times = { idle: [] as number[], quick: [] as number[], login: [] as number[], slow: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      // In ms a second.
      times.idle.push((await spent(ours, async () => await delay(IDLE_MS))) / (IDLE_MS / 1000));
      times.quick.push((await spent(ours, async () => await type(joiner, KEYS, 5))) / KEYS);
      times.login.push((await spent(yardstick.pids, async () => await type(login, KEYS, 5))) / KEYS);
      times.slow.push((await spent(ours, async () => await type(joiner, SLOW_KEYS, 200))) / SLOW_KEYS);
    }
    return [
      {
        name: 'CPU for a key and its echo, 5 ms after the one before',
        value: median(times.quick),
        unit: 'ms',
        yardstick: median(times.login),
        aim: '0.30 ms',
      },
      {
        name: 'the same at 5 keys a second, without the idle cost',
        value: median(times.slow) - median(times.idle) / 5,
        unit: 'ms',
        yardstick: median(times.login),
      },
      { name: 'CPU of the server without keys, each second', value: median(times.idle), unit: 'ms' },
    ];
  } finally {
    await stage.clear();
  }
}

/** What processes use while something is done, in ms of CPU. */
async function spent(pids: readonly number[], work: () => Promise<void>): Promise<number> {
  const before = cpuSeconds(pids);
  await work();
  return (cpuSeconds(pids) - before) * 1000;
}

/** Types keys, each when the one before has come back and some ms after that. */
async function type(end: End, keys: number, pauseMs: number): Promise<void> {
  for (let n = 0; n < keys; n++) {
    if (n % 40 === 0) {
      // Empties the line, and waits until the screen is quiet.
      end.type('\u{15}');
      await delay(100);
    }
    const letter = LETTERS.charAt(n % LETTERS.length);
    const seen = new Promise<void>((resolve) =>
      end.onData((bytes) => {
        if (bytes.includes(letter.charCodeAt(0))) resolve();
      }),
    );
    end.type(letter);
    await within(seen, `the echo of ${letter}`);
    await delay(pauseMs);
  }
}
