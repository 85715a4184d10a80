import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { expectNoSecrets, noteSecret } from './noted-secrets.js';
import { cleanEnv, Program, type Exit } from './program.js';
import { tempDir, type TempDir } from './temp-dir.js';
import { until } from './until.js';

/** How a process of Shipmate is started. */
export interface ShipmateOptions {
  /** Over the defaults of a test: SHIPMATE_… variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** An entry below dist/apps and its arguments; default `shipmate` with `serve`. */
  readonly app?: string;
  readonly args?: readonly string[];
  /** The folder of another build of the project, whose `dist` is started; default: this one's. */
  readonly root?: string;
  /** A program that becomes the server, and its arguments: `prlimit --nofile=256`. */
  readonly through?: readonly string[];
  /** Keep the ports and the data directory of an earlier one: a restart. */
  readonly restartOf?: Shipmate;
  /** Its HTTP port, where somebody has to know it before; default: any. */
  readonly httpPort?: number;
  /** One port for everything. */
  readonly onePort?: boolean;
}

/** A record of the log: `level`, `event`, `msg` and what else the event has. */
export type LogRecord = Readonly<Record<string, unknown>>;

// Benches run what is built of this file too, one folder deeper.
const UP = import.meta.url.includes('/dist/libs/') ? '../../../../' : '../../../';
const ROOT = fileURLToPath(new URL(UP, import.meta.url));

/** Two seconds of work; on a machine that does ten other things it has taken over half a minute. */
const START_MS = 90_000;

/** A running server, built from dist: a test meets what a user gets. */
export class Shipmate {
  private constructor(
    readonly program: Program,
    readonly sshPort: number,
    readonly httpPort: number,
    readonly dir: TempDir,
  ) {}

  /** Starts one and waits until it says that it is ready. */
  static async start(options: ShipmateOptions = {}): Promise<Shipmate> {
    const shipmate = await Shipmate.launch(options);
    try {
      await shipmate.program.toPrint(/\bready\b/i, { deadlineMs: START_MS });
      return shipmate;
    } catch (error) {
      // Nobody else knows of it.
      await shipmate.halt('SIGKILL');
      if (options.restartOf === undefined) shipmate.dir.dispose();
      throw error;
    }
  }

  /** Starts one without waiting: for starts that are to fail. */
  static async launch(options: ShipmateOptions = {}): Promise<Shipmate> {
    const {
      app = 'shipmate',
      args = app === 'shipmate' ? ['serve'] : [],
      root = ROOT,
      through = [],
      restartOf,
    } = options;
    const dir = restartOf?.dir ?? tempDir('sms');
    const sshPort = restartOf?.sshPort ?? (await freePort());
    const httpPort =
      options.onePort === true ? sshPort : (restartOf?.httpPort ?? options.httpPort ?? (await freePort()));
    const env = cleanEnv(dir.path, {
      NODE_ENV: 'test',
      ...(sshPort === httpPort
        ? { SHIPMATE_PORT: `${sshPort}` }
        : { SHIPMATE_SSH_PORT: `${sshPort}`, SHIPMATE_HTTP_PORT: `${httpPort}` }),
      SHIPMATE_SSH_HOST: '127.0.0.1',
      SHIPMATE_WEB_URL: `http://127.0.0.1:${httpPort}`,
      SHIPMATE_DATA_DIR: dir.file('data'),
      SHIPMATE_LOG_LEVEL: 'debug',
      SHIPMATE_LOG_FORMAT: 'json',
      ...options.env,
    });
    for (const name of ['SHIPMATE_SECRET', 'SHIPMATE_ADMIN_TOKEN'] as const)
      noteSecret(name, options.env?.[name] ?? '');
    const main = join(root, `dist/apps/${app}/src/main.js`);
    const [command, ...rest] = [...through, process.execPath, main, ...args];
    const program = new Program(command ?? '', rest, { cwd: dir.path, env });
    return new Shipmate(program, sshPort, httpPort, dir);
  }

  /** The file that makes a stock tmate a host of this server. */
  get tmateConf(): string {
    return this.dir.file('data/tmate.conf');
  }

  /** What it printed for its user. */
  get stdout(): string {
    return this.program.stdout;
  }

  /** Its log so far. A line that is no JSON is kept as `{ raw }`: a log must have none. */
  get log(): readonly LogRecord[] {
    return this.program.stderr
      .split('\n')
      .filter((line) => line !== '')
      .map(parseRecord);
  }

  /** Waits for a record of `event`. */
  async toLog(event: string, deadlineMs?: number): Promise<LogRecord> {
    return await until(() => this.log.find((record) => record['event'] === event), {
      what: `the log to tell ${event}`,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  }

  /** An HTTP answer's status and text. */
  async get(path: string): Promise<{ status: number; text: string; headers: Headers }> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`, { redirect: 'manual' });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** One sample of /metrics, labels as they are written there: `metric('shipmate_sessions{region="local",state="live"}')`. */
  async metric(sample: string): Promise<number | undefined> {
    const { text } = await this.get('/metrics');
    const line = text.split('\n').find((line) => line.startsWith(`${sample} `));
    return line === undefined ? undefined : Number(line.slice(sample.length + 1));
  }

  /** Resident memory in bytes (Linux). */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.program.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
  }

  /** Ends the process; the data directory stays, for a restart. */
  async halt(signal: NodeJS.Signals = 'SIGTERM', graceMs?: number): Promise<Exit> {
    const exit = await this.program.stop(signal, graceMs);
    this.#expectNoSecrets();
    return exit;
  }

  /** Ends the process and removes the data directory. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.program.stop(signal);
    this.#noteKept();
    this.dir.dispose();
    this.#expectNoSecrets();
  }

  /** The secrets that it made for itself. */
  #noteKept(): void {
    for (const name of ['secret', 'admin-token']) {
      try {
        noteSecret(`the file ${name}`, readFileSync(this.dir.file(`data/${name}`), 'utf8').trim());
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /** No token that a test of this process made may be in what a server says, at the most talkative level. */
  #expectNoSecrets(): void {
    const where = relative(ROOT, this.program.args.find((arg) => arg.endsWith('/main.js')) ?? '').replace(
      /\/src\/main\.js$/,
      '',
    );
    expectNoSecrets(where, this.program.stdout);
    expectNoSecrets(where, this.program.stderr);
  }
}

function parseRecord(line: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return { raw: line };
  }
}
