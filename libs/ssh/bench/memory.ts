/**
 * What a connection costs at rest: clients in a separate process connect over loopback, open their channel and are silent; then
 * this process is measured after garbage collection. RSS includes everything (JavaScript, the sockets' and zlib's native
 * state); `heap` is the JavaScript part, `buffers` the buffers.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SshServer } from '#ssh';
import type { Figure } from '#testing';
import { benchServer } from './server.js';

const CLIENTS = 300;

/** Connects one after the other; a host sends 20 KB first, so that zlib has a window as it has in life. */
const CLIENT_PROGRAM = `
const { Client } = require('ssh2');
const [port, count, user, compress] = process.argv.slice(1);
const next = (n) => {
  if (n === Number(count)) { console.log('connected'); return; }
  const client = new Client();
  client.on('error', (error) => { console.error(error); process.exit(1); });
  client.on('ready', () => {
    const opened = (error, stream) => {
      if (error) throw error;
      stream.resume();
      if (user === 'tmate') stream.write(Buffer.alloc(20000, 'a window of text '));
      setImmediate(next, n + 1);
    };
    if (user === 'tmate') client.subsys('tmate', opened); else client.shell(opened);
  });
  client.connect({ host: '127.0.0.1', port: Number(port), username: user, algorithms: { compress: [compress, 'none'] } });
};
next(0);
`;

export async function run(): Promise<Figure[]> {
  const bench = await Bench.start();
  const figures: Figure[] = [];
  // Everything stays connected until the end: a process hardly ever gives memory back, so only growth is meaningful. Two rounds
  // warm up: code, shapes, the allocator's own reserves.
  for (let round = 0; round < 2; round++) await bench.connect('TOKEN', 'none');
  for (const [what, user, compress] of [
    ['idle joiner', 'TOKEN', 'none'],
    ['idle host without zlib', 'tmate', 'none'],
    ['idle host with zlib', 'tmate', 'zlib@openssh.com'],
  ] as const) {
    const growth = await bench.connect(user, compress);
    figures.push(...growth.map((figure) => ({ ...figure, name: `${what}, ${figure.name}` })));
  }
  await bench.stop();
  return figures;
}

class Bench {
  readonly #clients: ChildProcess[] = [];
  #received = 0;
  #server: SshServer | undefined;
  #port = 0;

  static async start(): Promise<Bench> {
    const bench = new Bench();
    const { server, port } = await benchServer((channel) =>
      channel.listen({ onData: (chunk) => (bench.#received += chunk.length), onClose: () => undefined }),
    );
    bench.#server = server;
    bench.#port = port;
    return bench;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.kill('SIGKILL');
    await this.#server?.close({ graceMs: 0 });
  }

  /** Connects `CLIENTS` more; what each of them cost. */
  async connect(user: string, compress: string): Promise<Figure[]> {
    const before = await settled();
    this.#received = 0;
    const args = [String(this.#port), String(CLIENTS), user, compress];
    const clients = spawn(process.execPath, ['-e', CLIENT_PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#clients.push(clients);
    await new Promise<void>((resolve, reject) => {
      clients.stdout.once('data', () => resolve());
      clients.once('exit', () => reject(new Error('the clients ended')));
    });
    if (user === 'tmate') while (this.#received < CLIENTS * 20_000) await pause(20);
    const after = await settled();
    const each = (name: string, part: (usage: NodeJS.MemoryUsage) => number): Figure => ({
      name,
      value: Math.round((part(after) - part(before)) / CLIENTS / 102.4) / 10,
      unit: 'KB',
    });
    return [
      each('RSS', ({ rss }) => rss),
      each('heap', ({ heapUsed }) => heapUsed),
      each('buffers', ({ arrayBuffers }) => arrayBuffers),
    ];
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** After collection, when what was freed has had time to go. */
async function settled(): Promise<NodeJS.MemoryUsage> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 6; turn++) {
    collect();
    await pause(100);
  }
  return process.memoryUsage();
}
