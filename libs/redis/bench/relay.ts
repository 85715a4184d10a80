/**
 * What sessions cost at Redis: a keystroke and its echo between two edges, a flood that one edge watches, and edges at
 * rest. Commands are as Redis counts them, those inside scripts included; bytes are what it reads and writes.
 */
import { edgeId, generation, participantId, sessionId } from '#kernel';
import { hashToken, type EdgeRecord } from '#directory';
import { connectRedis, type RedisBackplane } from '#redis';
import { BusRelay } from '#relay';
import { RedisServer, until, type Figure } from '#testing';
import { realClock } from '../src/real-clock.fixture.js';

const ID = sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa');
const ANN = participantId('5f64b9c3-5c0b-4c86-a0f4-5e61ff3f4c6d');
const KEYS = 2_000;
/** What a shell writes for an echoed key, packed as a pane's output. */
const ECHO_BYTES = 24;
const FLOOD_MS = 3_000;
/** A fast host: 1,600 chunks a second are 25 MB/s. */
const FLOOD_CHUNK = new Uint8Array(16 * 1024);
const REST_MS = 20_000;
const CHANNELS = 200;

interface Load {
  readonly commands: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly cpuSeconds: number;
}

export async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const server = await RedisServer.start();
  try {
    figures.push(...(await keystrokes(server)), ...(await flood(server)), ...(await throughput(server)));
    const { commands: few } = await atRest(server, 1_000);
    const { commands: many, bytes } = await atRest(server, 10_000);
    const unit = 'commands/s';
    figures.push({ name: 'memory of Redis a session, its subscription included', value: bytes, unit: 'B' });
    figures.push({ name: 'heartbeats of 3 edges with 1,000 idle sessions', value: few, unit });
    figures.push({
      name: 'heartbeats of 3 edges with 10,000 idle sessions',
      value: many,
      unit,
      yardstick: few,
      aim: 'the same',
    });
  } finally {
    await server.stop();
  }
  return figures;
}

async function keystrokes(server: RedisServer): Promise<Figure[]> {
  const pair = await connectPair(server);
  const times: number[] = [];
  const before = await load(server);
  for (let i = 0; i < KEYS; i++) {
    const startMs = performance.now();
    await pair.echo();
    times.push(performance.now() - startMs);
  }
  const spent = difference(await load(server), before);
  pair.close();
  times.sort((a, b) => a - b);
  return [
    { name: 'commands a keystroke and its echo', value: spent.commands / KEYS, unit: 'commands' },
    { name: 'bytes into Redis a keystroke and its echo', value: spent.inBytes / KEYS, unit: 'B' },
    { name: 'bytes out of Redis a keystroke and its echo', value: spent.outBytes / KEYS, unit: 'B' },
    { name: 'echo through Redis, median', value: times[KEYS / 2] ?? 0, unit: 'ms' },
    { name: 'echo through Redis, p99', value: times[(KEYS * 99) / 100] ?? 0, unit: 'ms' },
  ];
}

async function flood(server: RedisServer): Promise<Figure[]> {
  const pair = await connectPair(server);
  const before = await load(server);
  const startMs = performance.now();
  let chunks = 0;
  while (performance.now() - startMs < FLOOD_MS) {
    const due = ((performance.now() - startMs) / 1_000) * 1_600;
    while (chunks < due) {
      pair.say(FLOOD_CHUNK);
      chunks++;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const spent = difference(await load(server), before);
  const published = (chunks * FLOOD_CHUNK.length) / seconds / 1e6;
  const arrived = pair.arrived() / seconds / 1e6;
  pair.close();
  return [
    { name: 'a flood of one session, at the home', value: published, unit: 'MB/s' },
    { name: 'a flood of one session, at the other edge', value: arrived, unit: 'MB/s' },
    { name: 'commands of a flood', value: spent.commands / seconds, unit: 'commands/s' },
    { name: 'bytes of a flood into Redis', value: spent.inBytes / seconds / 1e6, unit: 'MB/s' },
    { name: 'bytes of a flood out of Redis', value: spent.outBytes / seconds / 1e6, unit: 'MB/s' },
  ];
}

/** Many sessions that type and echo at once, one message under way each: what a message costs Redis and an edge. */
async function throughput(server: RedisServer): Promise<Figure[]> {
  const [from, to] = [await connect(server), await connect(server)];
  const message = new Uint8Array(100);
  let heard = 0;
  const channels = Array.from({ length: CHANNELS }, (_, i) => `relay:{${i}}:out`);
  await Promise.all(channels.map(async (channel) => to.bus.subscribe(channel, { message: () => void heard++ })));
  const before = await load(server);
  const [cpu, startMs] = [process.cpuUsage(), performance.now()];
  await Promise.all(
    channels.map(async (channel) => {
      while (performance.now() - startMs < FLOOD_MS) await from.bus.publish(channel, message);
    }),
  );
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const spent = difference(await load(server), before);
  from.close();
  to.close();
  return [
    { name: `messages of ${CHANNELS} sessions`, value: heard / seconds, unit: '1/s' },
    { name: "Redis' CPU a message", value: (spent.cpuSeconds * 1e6) / heard, unit: 'µs' },
    { name: "an edge's CPU to send and to hear a message", value: (user + system) / heard, unit: 'µs' },
  ];
}

/** Commands a second while nobody does anything, and what each session takes of Redis' memory. */
async function atRest(server: RedisServer, sessions: number): Promise<{ commands: number; bytes: number }> {
  await server.cli('flushall');
  const empty = await memory(server);
  const edges = await Promise.all(['a', 'b', 'c'].map(async (name) => restingEdge(server, name, sessions / 3)));
  const bytes = ((await memory(server)) - empty) / sessions;
  const before = await load(server);
  const startMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const spent = difference(await load(server), before);
  const seconds = (performance.now() - startMs) / 1_000;
  for (const edge of edges) edge.close();
  return { commands: spent.commands / seconds, bytes };
}

async function restingEdge(server: RedisServer, name: string, sessions: number): Promise<{ close(): void }> {
  const backplane = await connect(server);
  const id = edgeId(`edge-${name}`);
  const addresses = { sshHost: 'nyc1.example', sshPort: 22, webUrl: 'https://nyc1.example' };
  const relay = new BusRelay(backplane.bus, realClock);
  for (let from = 0; from < sessions; from += 250) {
    const batch = Array.from({ length: Math.min(250, sessions - from) }, async (_, i) => {
      const own = sessionId(`${name}-${from + i}`);
      const tokens = { writer: hashToken(`w${own}`), reader: hashToken(`r${own}`) };
      await backplane.directory.claim(
        { id: own, tokens, region: 'nyc1', addresses, createdAt: 0, policy: '', labels: {} },
        id,
      );
      const nothing = { snapshot: () => new Uint8Array(), input: () => true, superseded: () => undefined };
      await relay.home(own, generation(1), nothing);
    });
    await Promise.all(batch);
  }
  const record: EdgeRecord = { id, region: 'nyc1', addresses, load: { sessions, participants: 0 }, draining: false };
  await backplane.directory.heartbeat(record);
  const timer = setInterval(() => void backplane.directory.heartbeat(record), 5_000);
  return {
    close: () => {
      clearInterval(timer);
      backplane.close();
    },
  };
}

/** A home and a replica with separate connections, as two edges have. */
async function connectPair(server: RedisServer) {
  const [one, two] = [await connect(server), await connect(server)];
  const echo = new Uint8Array(ECHO_BYTES);
  let arrived = 0;
  let heard: (() => void) | undefined;
  const home = await new BusRelay(one.bus, realClock).home(ID, generation(1), {
    snapshot: () => new Uint8Array(1_000),
    input: () => {
      home.publish(echo);
      return true;
    },
    superseded: () => undefined,
  });
  const replica = await new BusRelay(two.bus, realClock).replica(ID, generation(1), edgeId('edge-b'), {
    snapshot: () => undefined,
    data: (bytes) => {
      arrived += bytes.length;
      heard?.();
    },
    lost: () => undefined,
  });
  await until(() => !replica.waiting && home.interested);
  return {
    echo: async () =>
      new Promise<void>((resolve) => {
        heard = resolve;
        replica.send(ANN, new Uint8Array([120]));
      }),
    say: (bytes: Uint8Array) => home.publish(bytes),
    arrived: () => arrived,
    close: () => {
      replica.dispose();
      home.dispose();
      one.close();
      two.close();
    },
  };
}

async function connect(server: RedisServer): Promise<RedisBackplane> {
  return connectRedis({ url: server.url, name: 'bench' }, { clock: realClock });
}

async function load(server: RedisServer): Promise<Load> {
  const info = await server.cli('info', 'everything');
  const of = (name: string): number => field(info, name);
  return {
    commands: of('total_commands_processed'),
    inBytes: of('total_net_input_bytes'),
    outBytes: of('total_net_output_bytes'),
    cpuSeconds: of('used_cpu_user') + of('used_cpu_sys'),
  };
}

async function memory(server: RedisServer): Promise<number> {
  return field(await server.cli('info', 'memory'), 'used_memory');
}

const field = (info: string, name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);

const difference = (after: Load, before: Load): Load => ({
  // Less the question itself.
  commands: after.commands - before.commands - 1,
  inBytes: after.inBytes - before.inBytes,
  outBytes: after.outBytes - before.outBytes,
  cpuSeconds: after.cpuSeconds - before.cpuSeconds,
});
