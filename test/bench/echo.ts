import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, median, percentile, Stage, TmateHost, within } from '#testing';
import { Crowd } from './crowd.js';
import { hostEnd, joinerEnd, startServer, Yardstick, type End } from './ends.js';

/** Letters that stand in no sequence and no status line on the way. */
const LETTERS = 'xzjwy';
const KEYS_A_ROUND = 120;
const ROUNDS = 3;
/** A server that has served for a while has its code compiled: a fresh one takes half as long again for a key. */
const WARM_UP_KEYS = 600;
const OTHERS = 200;
/** `cat` on a terminal that echoes: what comes back has passed the pty alone. */
const SHELL = 'exec cat';

/** Keystroke to echo, in milliseconds, one key after the other. */
export async function echoes(end: End, keys: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < keys; n++) {
    if (n % 40 === 0) {
      end.type('\u{15}');
      await delay(120);
    }
    const letter = LETTERS.charAt(n % LETTERS.length);
    times.push(await toSee(end, letter, letter));
    await delay(8 + (n % 5) * 4);
  }
  return times;
}

async function toSee(end: End, typed: string, wanted: string): Promise<number> {
  const code = wanted.charCodeAt(0);
  const seen = new Promise<number>((resolve) =>
    end.onData((bytes) => {
      if (bytes.includes(code)) resolve(performance.now());
    }),
  );
  const began = performance.now();
  end.type(typed);
  return (await within(seen, `the echo of ${JSON.stringify(typed)}`)) - began;
}

async function escapes(end: End): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 8; n++) {
    end.type('\u{15}');
    await delay(700);
    times.push(await toSee(end, '\u{1b}', '^'));
    await delay(150);
  }
  return median(times);
}

/** How long a key takes to come back: to a joiner, at the host's own terminal, by OpenSSH's sshd and tmux. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const alone = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: SHELL }));
    await alone.waitReady();
    const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: SHELL }));
    await host.waitReady();
    const token = await host.token();
    const yardstick = await Yardstick.start(stage, SHELL);
    const own = await hostEnd(stage, alone);
    const joiner = await joinerEnd(stage, { port: server.sshPort, token });
    const tmux = await joinerEnd(stage, yardstick.options);
    await delay(1000);

    const times = { own: [] as number[], joiner: [] as number[], tmux: [] as number[], crowded: [] as number[] };
    for (const end of [own, joiner, tmux]) await echoes(end, WARM_UP_KEYS);
    for (let round = 0; round < ROUNDS; round++) {
      times.own.push(...(await echoes(own, KEYS_A_ROUND)));
      times.joiner.push(...(await echoes(joiner, KEYS_A_ROUND)));
      times.tmux.push(...(await echoes(tmux, KEYS_A_ROUND)));
    }
    const [escape, escapeOwn] = [await escapes(joiner), await escapes(own)];
    const crowd = await Crowd.start(stage);
    await crowd.ask({ what: 'join', port: server.sshPort, token, count: OTHERS });
    await delay(1000);
    await echoes(joiner, 40);
    times.crowded.push(...(await echoes(joiner, KEYS_A_ROUND * 2)));

    const figures: Figure[] = [];
    for (const [name, share, aim] of [
      ['p50', 0.5, '1.8 times'],
      ['p95', 0.95, undefined],
      ['p99', 0.99, '3 times'],
    ] as const) {
      const value = percentile(times.joiner, share);
      figures.push({
        name: `echo ${name}, beside the host's own terminal`,
        value,
        unit: 'ms',
        yardstick: percentile(times.own, share),
        ...(aim === undefined ? {} : { aim }),
      });
      figures.push({
        name: `echo ${name}, beside sshd and tmux`,
        value,
        unit: 'ms',
        yardstick: percentile(times.tmux, share),
      });
      figures.push({
        name: `echo ${name} with ${OTHERS} other joiners, beside the host's own terminal`,
        value: percentile(times.crowded, share),
        unit: 'ms',
        yardstick: percentile(times.own, share),
        ...(name === 'p50' ? { aim: '5 times' } : {}),
      });
    }
    figures.push({
      name: "lone Escape, beside the host's own terminal",
      value: escape,
      unit: 'ms',
      yardstick: escapeOwn,
      aim: '50 ms',
    });
    return figures;
  } finally {
    await stage.clear();
  }
}
