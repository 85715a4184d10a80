import { writeFileSync } from 'node:fs';
import { freePort } from './free-port.js';
import { cleanEnv, Program, run } from './program.js';
import { RedisServer } from './redis.js';
import { tempDir, type TempDir } from './temp-dir.js';
import { until } from './until.js';

const MASTER_NAME = 'shipmate';

interface Sentinel {
  readonly port: number;
  readonly program: Program;
}

/** A master and a replica of the test's own, with sentinels that watch over them, all on 127.0.0.1. */
export class RedisSentinel {
  private constructor(
    readonly servers: readonly [RedisServer, RedisServer],
    private readonly sentinels: readonly Sentinel[],
    private readonly dir: TempDir,
  ) {}

  get url(): string {
    return `redis+sentinel://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/${MASTER_NAME}`;
  }

  /** `downAfterMs`: silence that counts as the master's death. */
  static async start({ count = 3, downAfterMs = 1_000 } = {}): Promise<RedisSentinel> {
    const master = await RedisServer.start(['--repl-diskless-sync-delay', '0']);
    const follow = ['--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0'];
    const replica = await RedisServer.start(follow);
    const dir = tempDir('sms');
    const sentinels = await Promise.all(
      Array.from({ length: count }, async (_, i) => launch(dir, i, master.port, count, downAfterMs)),
    );
    const self = new RedisSentinel([master, replica], sentinels, dir);
    await until(async () => self.#ready(count), { what: 'the sentinels to know each other', deadlineMs: 20_000 });
    return self;
  }

  /** The server that the sentinels call master. */
  async master(): Promise<RedisServer> {
    const [first] = this.sentinels;
    const reply = await cli(first?.port ?? 0, 'sentinel', 'get-master-addr-by-name', MASTER_NAME);
    const found = this.servers.find(({ port }) => reply.split('\n').includes(`${port}`));
    if (found === undefined) throw new Error(`the sentinels name another master: ${reply}`);
    return found;
  }

  /** Makes the replica master, with both alive. */
  async failover(): Promise<void> {
    const before = await this.master();
    const [first] = this.sentinels;
    await until(async () => (await cli(first?.port ?? 0, 'sentinel', 'failover', MASTER_NAME)) === 'OK', {
      what: 'the sentinels to begin a failover',
    });
    await until(async () => (await this.master()) !== before, { what: 'another master', deadlineMs: 20_000 });
  }

  /** Makes all sentinels forget the master, and all its failovers. */
  async forget(): Promise<void> {
    for (const { port } of this.sentinels) await cli(port, 'sentinel', 'remove', MASTER_NAME);
  }

  /** Tells a sentinel that has forgotten it where the master is; it counts failovers from the beginning. */
  async tell(n: number, master: RedisServer): Promise<void> {
    const [port, quorum] = [`${master.port}`, `${Math.floor(this.sentinels.length / 2) + 1}`];
    await cli(this.sentinels[n]?.port ?? 0, 'sentinel', 'monitor', MASTER_NAME, '127.0.0.1', port, quorum);
  }

  async stop(): Promise<void> {
    await Promise.all(this.sentinels.map(async ({ program }) => program.stop('SIGTERM', 5_000)));
    await Promise.all(this.servers.map(async (server) => server.stop()));
    this.dir.dispose();
  }

  async #ready(count: number): Promise<boolean> {
    const replies = await Promise.all(
      this.sentinels.map(async ({ port }) => cli(port, 'sentinel', 'master', MASTER_NAME)),
    );
    return replies.every((reply) => {
      const lines = reply.split('\n');
      const of = (name: string): number => Number(lines[lines.indexOf(name) + 1]);
      return of('num-slaves') === 1 && of('num-other-sentinels') === count - 1;
    });
  }
}

async function launch(dir: TempDir, i: number, master: number, count: number, downAfterMs: number): Promise<Sentinel> {
  const port = await freePort();
  const file = dir.file(`sentinel-${i}.conf`);
  // A sentinel writes what it learns into its own configuration.
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir.path}`,
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${master} ${Math.floor(count / 2) + 1}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
      `sentinel failover-timeout ${MASTER_NAME} 5000`,
      '',
    ].join('\n'),
  );
  const program = new Program('redis-server', [file, '--sentinel'], { cwd: dir.path, env: cleanEnv(dir.path) });
  await program.toPrint(/\+monitor master/);
  return { port, program };
}

async function cli(port: number, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-p', `${port}`, ...args], { env: cleanEnv('/') });
  return stdout.trim();
}
