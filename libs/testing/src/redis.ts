import { freePort } from './free-port.js';
import { cleanEnv, Program, run } from './program.js';
import { tempDir, type TempDir } from './temp-dir.js';

/** A redis-server of the test's own, with nothing on disk. */
export class RedisServer {
  private constructor(
    readonly port: number,
    readonly dir: TempDir,
    private readonly args: readonly string[],
    public program: Program,
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** `args` are further ones of redis-server: `--cluster-enabled yes`. */
  static async start(args: readonly string[] = []): Promise<RedisServer> {
    const dir = tempDir('smr');
    const port = await freePort();
    const server = new RedisServer(port, dir, args, launch(port, dir, args));
    await server.program.toPrint(/Ready to accept connections/);
    return server;
  }

  async cli(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-p', `${this.port}`, ...args], { env: cleanEnv(this.dir.path) });
    return stdout.trim();
  }

  /** Ends it silently, as a crash does; `restart` brings an empty one back at the same port, started as before. */
  async crash(): Promise<void> {
    await this.program.stop('SIGKILL');
  }

  async restart(args: readonly string[] = this.args): Promise<void> {
    await this.program.stop('SIGKILL');
    this.program = launch(this.port, this.dir, args);
    await this.program.toPrint(/Ready to accept connections/);
  }

  async stop(): Promise<void> {
    this.program.signal('SIGCONT');
    await this.program.stop('SIGTERM', 5000);
    this.dir.dispose();
  }
}

function launch(port: number, dir: TempDir, args: readonly string[]): Program {
  const own = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir.path,
    '--save',
    '',
    '--appendonly',
    'no',
    '--daemonize',
    'no',
  ];
  return new Program('redis-server', [...own, ...args], { cwd: dir.path, env: cleanEnv(dir.path) });
}
