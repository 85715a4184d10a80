import nodePty from '@lydell/node-pty';
import { readdirSync, readFileSync } from 'node:fs';
import {
  cleanEnv,
  OuterTmux,
  Shipmate,
  Sshd,
  SyntheticJoiner,
  tempDir,
  TmateHost,
  within,
  type Stage,
  type SyntheticJoinerOptions,
} from '#testing';
import { setTimeout as delay } from 'node:timers/promises';

/** A terminal that is typed into and listened to: a joiner's, a host's own, or one at the yardstick. */
export interface End {
  type(text: string): void;
  onData(listener: (bytes: Uint8Array) => void): void;
}

/** In the server: SIGUSR2 collects its garbage. Node 20 takes no `--expose-gc` from the environment. */
const COLLECTOR = `
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => { collect(); setTimeout(collect, 200); });`;

/** A server as a user starts it, but quiet in its log. */
export async function startServer(stage: Stage): Promise<Shipmate> {
  const collector = `--import=data:text/javascript,${encodeURIComponent(COLLECTOR)}`;
  const env = {
    NODE_ENV: 'production',
    SHIPMATE_LOG_LEVEL: 'info',
    SHIPMATE_TRUSTED_PROXIES: '127.0.0.0/8',
    NODE_OPTIONS: collector,
  };
  return await stage.add(Shipmate.start({ env }));
}

/**
 * What the server holds after a collection, in bytes: its heap and what that holds outside (buffers, zlib's state). Resident
 * memory would show the peak of a start instead, which leaves the allocators more than hundreds of hosts need.
 */
export async function heldBytes(server: Shipmate): Promise<number> {
  server.program.signal('SIGUSR2');
  await delay(1500);
  const heap = await server.metric('shipmate_nodejs_heap_size_used_bytes');
  const outside = await server.metric('shipmate_nodejs_external_memory_bytes');
  if (heap === undefined || outside === undefined) throw new Error('the server tells nothing of its heap');
  return heap + outside;
}

/** A joiner on ssh2 that draws nothing. */
export async function joinerEnd(stage: Stage, options: SyntheticJoinerOptions): Promise<End & SyntheticJoiner> {
  return await stage.add(SyntheticJoiner.start({ blind: true, ...options }));
}

/** The host's own terminal: tmate attached to its server on a pty of this process. */
export async function hostEnd(stage: Stage, host: TmateHost): Promise<End> {
  const home = await tempHome(stage);
  const pty = nodePty.spawn('tmate', ['-S', host.socket, 'attach'], {
    name: 'xterm-256color',
    cols: 80,
    rows: 24,
    env: cleanEnv(home, { TERM: 'xterm-256color' }),
    encoding: null,
  });
  let listener: ((bytes: Uint8Array) => void) | undefined;
  pty.onData((data: string | Uint8Array) => listener?.(Buffer.from(data)));
  const exited = new Promise<void>((resolve) => pty.onExit(() => resolve()));
  stage.onClear(async () => {
    pty.kill('SIGKILL');
    await within(exited, 'the terminal of the host to end');
  });
  return { type: (text) => pty.write(text), onData: (fresh) => void (listener = fresh) };
}

/** OpenSSH's sshd whose logins attach to a tmux of their own: the yardstick. */
export class Yardstick {
  private constructor(
    private readonly sshd: Sshd,
    readonly tmux: (...args: readonly string[]) => Promise<unknown>,
  ) {}

  /** `commands` are tmux's, run when it has started; `shell` runs in the first window. */
  static async start(stage: Stage, shell: string, ...commands: readonly (readonly string[])[]): Promise<Yardstick> {
    const inner = await stage.add(OuterTmux.start({ command: shell }));
    for (const command of [['set', '-g', 'status', 'on'], ['set', '-s', 'escape-time', '500'], ...commands]) {
      await inner.tmux(...command);
    }
    const socket = (await inner.tmux('display-message', '-p', '#{socket_path}')).trim();
    const sshd = await stage.add(Sshd.start({ forceCommand: `tmux -S ${socket} attach` }));
    return new Yardstick(sshd, (...args) => inner.tmux(...args));
  }

  get port(): number {
    return this.sshd.port;
  }

  /** sshd and what its logins run; not the tmux server, which stands for the host. */
  get pids(): number[] {
    return familyOf(this.sshd.program.pid);
  }

  /** What a joiner logs in with. */
  get options(): SyntheticJoinerOptions {
    const { port, user } = this.sshd.target;
    return { port, token: user, ssh: { privateKey: readFileSync(this.sshd.dir.file('user_key')) } };
  }

  get sshTarget(): Sshd['target'] {
    return this.sshd.target;
  }
}

/** Waits until nothing has come for `quietMs`; gives when the last bytes came (`performance.now()`). */
export async function quiet(end: End, quietMs: number, deadlineMs: number): Promise<number> {
  const begin = performance.now();
  let last = begin;
  end.onData(() => (last = performance.now()));
  while (performance.now() - last < quietMs && performance.now() - begin < deadlineMs) await delay(5);
  return last;
}

/** CPU time that processes have used so far, user and system, in seconds. Processes that have ended count nothing. */
export function cpuSeconds(pids: readonly number[]): number {
  let nanoseconds = 0;
  for (const pid of pids) {
    for (const task of listed(`/proc/${pid}/task`)) {
      // The first field is the time on a core, in ns; the times in `stat` are in hundredths of a second.
      const [spent] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
      nanoseconds += Number(spent);
    }
  }
  return nanoseconds / 1e9;
}

/** A process and everything that it has started, and so on. */
export function familyOf(pid: number): number[] {
  const children = listed(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function tempHome(stage: Stage): Promise<string> {
  const home = tempDir('smb');
  stage.onClear(() => home.dispose());
  return home.path;
}
