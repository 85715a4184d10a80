import { setTimeout as delay } from 'node:timers/promises';
import {
  type Figure,
  percentile,
  type Shipmate,
  Stage,
  SyntheticHost,
  TmateHost,
  WebJoiner,
  type WebTarget,
} from '#testing';
import { echoes } from './echo.js';
import { cpuSeconds, joinerEnd, startServer, type End } from './ends.js';
import { Viewers } from './viewers.js';

const KEYS_A_ROUND = 120;
const ROUNDS = 3;
const WARM_UP_KEYS = 400;
const VIEWERS = 500;
const FEW = 10;
const FRAMES = 100;
const FRAME_EVERY_MS = 100;
/** `cat` on a terminal that echoes: what comes back has passed the pty alone. */
const SHELL = 'exec cat';

/** A page without a browser, as a terminal to type into. */
async function webEnd(stage: Stage, target: WebTarget): Promise<End> {
  const page = await stage.add(WebJoiner.start({ ...target, blind: true }));
  return { type: (text) => void page.type(text), onData: (listener) => page.onScreen(listener) };
}

/** What the web costs compared with ssh: the path of a key, and many pages on one session. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    return [...(await echo(stage, server)), ...(await crowd(stage, server))];
  } finally {
    await stage.clear();
  }
}

async function echo(stage: Stage, server: Shipmate): Promise<Figure[]> {
  const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: SHELL }));
  await host.waitReady();
  const token = await host.token();
  const ssh = await joinerEnd(stage, { port: server.sshPort, token });
  const web = await webEnd(stage, { port: server.httpPort, token });
  const times = { ssh: [] as number[], web: [] as number[] };
  for (const end of [ssh, web]) await echoes(end, WARM_UP_KEYS);
  for (let round = 0; round < ROUNDS; round++) {
    times.ssh.push(...(await echoes(ssh, KEYS_A_ROUND)));
    times.web.push(...(await echoes(web, KEYS_A_ROUND)));
  }
  return ([0.5, 0.95, 0.99] as const).map((share) => ({
    name: `echo p${share * 100} over a WebSocket, beside ssh on the same edge`,
    value: percentile(times.web, share),
    unit: 'ms',
    yardstick: percentile(times.ssh, share),
    aim: 'no slower',
  }));
}

async function crowd(stage: Stage, server: Shipmate): Promise<Figure[]> {
  const host = await stage.add(SyntheticHost.start({ port: server.sshPort }));
  const target = { what: 'join', port: server.httpPort, token: await host.token('read') } as const;
  const viewers = await Viewers.start(stage);
  await viewers.ask({ ...target, count: FEW });
  const few = await printed(server, host, viewers, FEW);
  const began = performance.now();
  await viewers.ask({ ...target, count: VIEWERS - FEW });
  const joining = (performance.now() - began) / (VIEWERS - FEW);
  await delay(1500);
  const many = await printed(server, host, viewers, VIEWERS);
  const what = `${VIEWERS} pages on one session, ${1000 / FRAME_EVERY_MS} lines a second`;
  const beside = `beside ${FEW} pages`;
  const figure = (name: string, key: keyof Printed, unit: string): Figure => ({
    name: `${what}: ${name}, ${beside}`,
    value: many[key],
    unit,
    yardstick: few[key],
  });
  return [
    figure('delay of a frame, p50', 'p50', 'ms'),
    figure('delay of a frame, p95', 'p95', 'ms'),
    figure('frames that arrived', 'arrived', '%'),
    figure('CPU of the server', 'cpu', '% of a core'),
    figure('bytes to each page', 'bytes', 'bytes/s'),
    { name: `joining of ${VIEWERS} pages, each`, value: joining, unit: 'ms' },
  ];
}

/** What pages got of lines that came one after the other. */
interface Printed {
  /** Delay of a frame, in ms. */
  readonly p50: number;
  readonly p95: number;
  /** Of all lines for all pages, in %; the others came together with the next one. */
  readonly arrived: number;
  /** Of the server, in % of a core. */
  readonly cpu: number;
  /** Bytes a second to each page. */
  readonly bytes: number;
}

async function printed(server: Shipmate, host: SyntheticHost, viewers: Viewers, pages: number): Promise<Printed> {
  const before = await viewers.ask({ what: 'report' });
  const cpuBefore = cpuSeconds([server.program.pid]);
  const sent = new Map<number, number[]>();
  const start = performance.now();
  for (let frame = 0; frame < FRAMES; frame++) {
    const mark = 65 + (frame % 26);
    sent.set(mark, [...(sent.get(mark) ?? []), performance.timeOrigin + performance.now()]);
    host.output(`\r\n${String.fromCharCode(mark).repeat(12)} and the rest of a line of output`);
    await delay(Math.max(0, start + (frame + 1) * FRAME_EVERY_MS - performance.now()));
  }
  await delay(1000);
  const seconds = (performance.now() - start) / 1000;
  const cpu = cpuSeconds([server.program.pid]) - cpuBefore;
  const { arrivals, bytes, open } = await viewers.ask({ what: 'report' });
  if (open < pages) throw new Error(`only ${open} of ${pages} pages are still there`);
  const delays = arrivals.map(([mark, at]) => at - Math.max(...(sent.get(mark) ?? []).filter((time) => time <= at)));
  return {
    p50: percentile(delays, 0.5),
    p95: percentile(delays, 0.95),
    arrived: (100 * delays.length) / (pages * FRAMES),
    cpu: (100 * cpu) / seconds,
    bytes: (bytes - before.bytes) / pages / seconds,
  };
}
