import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  median,
  percentile,
  PtyJoiner,
  SlowLine,
  Stage,
  tempDir,
  TmateHost,
  until,
  within,
  type Figure,
  type LineQuality,
  type Shipmate,
} from '#testing';
import { joinerEnd, startServer, type End } from './ends.js';

/** 300 ms each way, 5 KB a second. */
const SLOW: LineQuality = { delayMs: 300, bytesPerSecond: 5_000 };
/** The same where one packet in fifty is lost. */
const BAD: LineQuality = { ...SLOW, lostOneIn: 50 };

const JOINS = 5;
const KEYS = 40;
/** As ssh sends for a key: a packet of its own, encrypted. */
const KEY_BYTES = 64;
const SHELL = 'exec cat';
/** Half the screen is new in every frame, some 800 bytes: more than the line carries. No letter is in it that is typed. */
const FLOOD = 'base64 -w 79 /dev/urandom | tr -d xzjwq';
/** What else is on the line where a plain echo is measured next to something: far less than the line carries, in packets of their own. */
const BESIDE = { bytes: 100, everyMs: 100 };

/**
 * What OpenSSH asks and the server answers between the login and the first bytes of a session, in bytes: a channel; then a terminal with
 * its modes, the environment and a shell, answered with two confirmations and the beginning of the first frame.
 */
const LOGIN: readonly Exchange[] = [
  { asks: 52, answers: 44 },
  { asks: 392, answers: 196 },
];

interface Exchange {
  readonly asks: number;
  readonly answers: number;
}

/** What a long, narrow and bad line costs: until something is seen, and until a key comes back, next to a plain echo over the same line. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const figures: Figure[] = [];
    for (const [name, quality] of [
      ['300 ms, 5 KB/s', SLOW],
      ['the same with 2 % loss', BAD],
    ] as const) {
      figures.push(...(await overLine(stage, server, name, quality)));
    }
    return figures;
  } finally {
    await stage.clear();
  }
}

async function overLine(stage: Stage, server: Shipmate, name: string, quality: LineQuality): Promise<Figure[]> {
  const line = await stage.add(SlowLine.start(server.sshPort, quality));
  const plain = await plainEchoes(stage, quality);
  const beside = await plainEchoes(stage, quality, BESIDE);
  const host = await stage.add(TmateHost.start({ serverConf: server.tmateConf, shell: SHELL }));
  await host.waitReady();
  const token = await host.token();
  const plainLogins = [];
  for (let n = 0; n < JOINS; n++) plainLogins.push(await plainLoginMs(stage, quality));
  const joins: Join[] = [];
  for (let n = 0; n < JOINS; n++) joins.push(await join(stage, line.port, token));
  const joiner = await joinerEnd(stage, { port: line.port, token });
  await delay(3000);
  const quiet = await echoes(joiner, KEYS);
  await host.command('split-window', '-d', FLOOD);
  await delay(5000);
  const flooded = await echoes(joiner, KEYS);
  await joiner.stop();
  const near = await joinerEnd(stage, { port: server.sshPort, token });
  await delay(1000);
  const nearFlooded = await echoes(near, KEYS);
  await near.stop();
  await host.stop();
  const figure = (what: string, times: readonly number[], share: number, plainly: Plainly): Figure => ({
    name: `${name}: ${what}, p${share * 100}, next to ${plainly.what ?? 'a plain echo'}`,
    value: percentile(times, share),
    unit: 'ms',
    yardstick: share === 0.5 ? median(plainly.times) : percentile(plainly.times, share),
    ...(plainly.aim === undefined ? {} : { aim: plainly.aim }),
  });
  const alone = { times: plain };
  const withOthers = { times: beside, what: 'a plain echo beside ten small packets a second', aim: '2 times' };
  const sinceLogin = joins.map(({ loginMs }) => loginMs);
  return [
    figure(
      'connecting to the first bytes',
      joins.map(({ connectMs }) => connectMs),
      0.5,
      alone,
    ),
    figure('login to the first bytes', sinceLogin, 0.5, alone),
    figure('login to the first bytes', sinceLogin, 0.5, {
      times: plainLogins,
      what: 'two plain exchanges of as many bytes',
      aim: '1.1 times',
    }),
    figure('keystroke to echo', quiet, 0.5, alone),
    figure('keystroke to echo next to a flood', flooded, 0.5, withOthers),
    figure('keystroke to echo next to a flood', flooded, 0.95, withOthers),
    {
      name: `${name}: of that the host's own, without the line, p95`,
      value: percentile(nearFlooded, 0.95),
      unit: 'ms',
    },
  ];
}

interface Plainly {
  readonly times: readonly number[];
  readonly what?: string;
  readonly aim?: string;
}

/** Until the first bytes of the session, since ssh was started and since its word that it is let in. */
interface Join {
  readonly connectMs: number;
  readonly loginMs: number;
}

async function join(stage: Stage, port: number, token: string): Promise<Join> {
  const beganMs = performance.now();
  const dir = tempDir('smb');
  stage.onClear(() => dir.dispose());
  const log = dir.file('log');
  const joiner = new PtyJoiner({ port, user: token, args: ['-v', '-E', log, '-o', 'ConnectTimeout=60'] });
  let firstMs: number | undefined;
  joiner.screen.terminal.onWriteParsed(() => (firstMs ??= performance.now()));
  const letInMs = await until(() => (readText(log).includes('Authenticated to') ? performance.now() : undefined), {
    what: 'ssh to be let in',
    deadlineMs: 60_000,
    everyMs: 2,
  });
  const seenMs = await until(() => firstMs, { what: 'the first bytes', deadlineMs: 60_000, everyMs: 2 });
  await joiner.stop();
  return { connectMs: seenMs - beganMs, loginMs: seenMs - letInMs };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function echoes(end: End, keys: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < keys; n++) {
    const letter = 'xzjwq'.charAt(n % 5);
    const code = letter.charCodeAt(0);
    const seen = new Promise<number>((resolve) =>
      end.onData((bytes) => {
        if (bytes.includes(code)) resolve(performance.now());
      }),
    );
    const beganMs = performance.now();
    end.type(letter);
    times.push((await within(seen, `the echo of ${letter}`, 60_000)) - beganMs);
    await delay(50 + (n % 7) * 40);
  }
  return times;
}

/** The same over a line of that kind, without ssh: each of `LOGIN` is asked when the one before is answered. */
async function plainLoginMs(stage: Stage, quality: LineQuality): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let asked = 0;
    let at = 0;
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        asked += bytes.length;
        for (let next = LOGIN[at]; next !== undefined && asked >= next.asks; next = LOGIN[++at]) {
          asked -= next.asks;
          socket.write(Buffer.alloc(next.answers));
        }
      });
  });
  const client = await plainClient(stage, server, quality);
  const beganMs = performance.now();
  for (const { asks, answers } of LOGIN) {
    let answered = 0;
    const whole = new Promise<void>((resolve) => {
      client.on('data', (bytes) => ((answered += bytes.length) >= answers ? resolve() : undefined));
    });
    client.write(Buffer.alloc(asks));
    await within(whole, 'the answer', 60_000);
    client.removeAllListeners('data');
  }
  client.destroy();
  return performance.now() - beganMs;
}

/** A connection to `server` over a line of that kind. */
async function plainClient(stage: Stage, server: Server, quality: LineQuality): Promise<Socket> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  stage.onClear(() => server.close());
  const line = await stage.add(SlowLine.start((server.address() as AddressInfo).port, quality));
  const client = connect({ port: line.port, host: '127.0.0.1', noDelay: true });
  stage.onClear(() => client.destroy());
  await once(client, 'connect');
  return client;
}

/** The same over a line of that kind to a server that sends back what it gets, and `beside` that. */
async function plainEchoes(
  stage: Stage,
  quality: LineQuality,
  beside?: { readonly bytes: number; readonly everyMs: number },
): Promise<number[]> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined).pipe(socket);
    if (beside === undefined) return;
    const timer = setInterval(() => socket.write(Buffer.alloc(beside.bytes)), beside.everyMs);
    socket.on('close', () => clearInterval(timer));
  });
  const client = await plainClient(stage, server, quality);
  const times: number[] = [];
  for (let n = 0; n < KEYS; n++) {
    const key = n + 1;
    let onData: (bytes: Buffer) => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
      onData = (bytes) => {
        if (bytes.includes(key)) resolve();
      };
      client.on('data', onData);
    });
    const beganMs = performance.now();
    client.write(Buffer.alloc(KEY_BYTES, key));
    await seen;
    client.off('data', onData);
    times.push(performance.now() - beganMs);
    await delay(50 + (n % 7) * 40);
  }
  return times;
}
