import { setTimeout as delay } from 'node:timers/promises';
import { median, percentile, Stage, type Figure } from '#testing';
import { body, Fleet } from '../fleet/fleet.fixture.js';
import { Crowd } from './crowd.js';
import { echoes } from './echo.js';
import { joinerEnd } from './ends.js';
import { Hops } from './hops.js';

const KEYS_A_ROUND = 120;
const ROUNDS = 3;
const WARM_UP_KEYS = 600;
const JOINS = 15;
const OTHERS = 200;
/** `cat` on a terminal that echoes: what comes back has passed the pty alone. */
const SHELL = 'echo A-MARK-IN-THE-PANE; exec cat';
/** Edge 0 reaches Redis through a proxy of the tests: these two do not. */
const HOME = 1;
const OTHER = 2;

/** What it costs to be at another edge than the host: a key's echo through Redis, and the way to the first screen. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const env = { NODE_ENV: 'production', SHIPMATE_LOG_LEVEL: 'info', SHIPMATE_TRUSTED_PROXIES: '127.0.0.0/8' };
    const fleet = await Fleet.start(stage, stage, { env });
    fleet.prefer(HOME);
    const { token } = await fleet.host({ shell: SHELL });
    const at = (edge: number) => ({ port: fleet.edge(edge).sshPort, token });
    const home = await joinerEnd(stage, at(HOME));
    const away = await joinerEnd(stage, at(OTHER));
    await delay(1000);

    const bare = await Hops.start(stage, fleet.redis.port);
    for (const end of [home, away]) await echoes(end, WARM_UP_KEYS);
    for (const end of [bare.home, bare.away]) await echoes(end, KEYS_A_ROUND);
    const times = { home: [] as number[], away: [] as number[], crowded: [] as number[] };
    const bareTimes = { home: [] as number[], away: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      times.home.push(...(await echoes(home, KEYS_A_ROUND)));
      times.away.push(...(await echoes(away, KEYS_A_ROUND)));
      bareTimes.home.push(...(await echoes(bare.home, KEYS_A_ROUND)));
      bareTimes.away.push(...(await echoes(bare.away, KEYS_A_ROUND)));
    }
    const joins = { home: [] as number[], away: [] as number[] };
    for (let round = 0; round < JOINS; round++) {
      joins.home.push(await toJoin(fleet, HOME, token));
      joins.away.push(await toJoin(fleet, OTHER, token));
    }
    const crowd = await Crowd.start(stage);
    await crowd.ask({
      what: 'share',
      port: fleet.edge(HOME).sshPort,
      joinPort: fleet.edge(OTHER).sshPort,
      count: OTHERS,
    });
    await delay(2000);
    times.crowded.push(...(await echoes(away, KEYS_A_ROUND)));

    return [
      ...(
        [
          [0.5, '1.5 times'],
          [0.95, undefined],
          [0.99, '2 times'],
        ] as const
      ).map(([share, aim]) => ({
        name: `echo p${share * 100} through two edges and Redis, beside one edge`,
        value: percentile(times.away, share),
        unit: 'ms',
        yardstick: percentile(times.home, share),
        ...(aim === undefined ? {} : { aim }),
      })),
      {
        name: 'echo p50 by the same hops with nothing done at any, beside those of one edge',
        value: percentile(bareTimes.away, 0.5),
        unit: 'ms',
        yardstick: percentile(bareTimes.home, 0.5),
      },
      {
        name: 'joining at another edge to the first full screen, beside joining at home',
        value: median(joins.away),
        unit: 'ms',
        yardstick: median(joins.home),
      },
      {
        name: `echo p95 through two edges while ${OTHERS} other sessions are relayed, a line a second each`,
        value: percentile(times.crowded, 0.95),
        unit: 'ms',
        yardstick: percentile(times.away, 0.95),
      },
    ];
  } finally {
    await stage.clear();
  }
}

async function toJoin(fleet: Fleet, edge: number, token: string): Promise<number> {
  const began = performance.now();
  const joiner = await fleet.join(edge, token);
  while (!(await body(joiner)).join('\n').includes('A-MARK-IN-THE-PANE')) await delay(1);
  const ms = performance.now() - began;
  await joiner.stop();
  return ms;
}
