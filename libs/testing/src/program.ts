import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { DEFAULT_DEADLINE_MS, until, within } from './until.js';

/** How a program ended. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a program is started. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** The whole environment: nothing is inherited, so that a developer's own settings change no test. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
}

/** What every test program gets: where programs are, UTF-8, and a home that is not the developer's. */
export function cleanEnv(home: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    SHELL: '/bin/sh',
    USER: 'mate',
    ...extra,
  };
}

const KEPT_OUTPUT_CHARS = 4_000_000;
const running = new Set<number>();
process.on('exit', () => {
  for (const pid of running) tryKill(pid, 'SIGKILL');
});

/** Has process `pid` killed when this one ends before `forget`: for servers that leave their parent. */
export function killAtExit(pid: number): { forget(): void } {
  running.add(pid);
  return { forget: () => void running.delete(pid) };
}

/** Sends a signal to one process by its id; whether it was there. */
export function tryKill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether process `pid` runs. One that has ended and waits for its parent to ask how does not. */
export function isRunning(pid: number): boolean {
  if (!tryKill(pid, 0)) return false;
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return !existsSync('/proc/self'); // On systems other than Linux, only the signal shows it.
  }
}

/** A program that runs next to the test, with its output recorded. */
export class Program {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  #stdout = '';
  #stderr = '';

  constructor(
    readonly command: string,
    readonly args: readonly string[],
    options: ProgramOptions = {},
  ) {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv | undefined,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdin.on('error', () => undefined); // It may end before it has read its input.
    child.stdin.end(options.input);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-KEPT_OUTPUT_CHARS);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_OUTPUT_CHARS);
    });
    if (child.pid !== undefined) running.add(child.pid);
    this.exited = new Promise((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => reject(explain(command, error)));
      child.once('close', (status, signal) => {
        if (child.pid !== undefined) running.delete(child.pid);
        this.#exit = { status, signal };
        resolve(this.#exit);
      });
    });
    this.exited.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.command} did not start`);
    return this.#child.pid;
  }

  /** How it ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until its output matches; throws with that output when the program ends first. */
  async toPrint(
    pattern: RegExp,
    options: { from?: 'stdout' | 'stderr'; deadlineMs?: number } = {},
  ): Promise<RegExpMatchArray> {
    const { from = 'stdout', deadlineMs = DEFAULT_DEADLINE_MS } = options;
    const state = { ended: false };
    this.exited.then(
      () => (state.ended = true),
      () => (state.ended = true),
    );
    const match = await until(() => pattern.exec(this[from]) ?? (state.ended ? 'ended' : undefined), {
      what: `${this.command} to print ${String(pattern)}`,
      deadlineMs,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#report()}`);
    });
    if (match !== 'ended') return match;
    await this.exited; // If a program is missing, the error says so.
    throw new Error(`${this.command} ended before it printed ${String(pattern)}\n${this.#report()}`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#child.kill(signal);
  }

  /** Ends it with `signal`, and with SIGKILL when that has not ended it after `graceMs`. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<Exit> {
    this.signal(signal);
    try {
      return await within(this.exited, `${this.command} to end after ${signal}`, graceMs);
    } catch {
      this.signal('SIGKILL');
      return await this.exited;
    }
  }

  #report(): string {
    const exit = this.#exit === undefined ? 'still running' : `exit status ${this.#exit.status ?? this.#exit.signal}`;
    return `${exit}\nstdout: ${this.#stdout.slice(-4000)}\nstderr: ${this.#stderr.slice(-4000)}`;
  }
}

/** Runs a program until it exits and returns its output; throws with its error output if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: ProgramOptions & { readonly deadlineMs?: number; readonly mayFail?: boolean } = {},
): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const program = new Program(command, args, options);
  const line = [command, ...args].join(' ').slice(0, 300);
  const exit = await within(program.exited, `${line} to end`, options.deadlineMs ?? DEFAULT_DEADLINE_MS).catch(
    async (error: unknown) => {
      await program.stop('SIGKILL').catch(() => undefined);
      throw error;
    },
  );
  const { stdout, stderr } = program;
  if (exit.status !== 0 && options.mayFail !== true) {
    throw new Error(`${line} failed (${exit.status ?? exit.signal}): ${stderr.trim() || stdout.trim() || 'no output'}`);
  }
  return { stdout, stderr, status: exit.status };
}

function explain(command: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new Error(`the program ${command} is not installed; "npm test" as root installs it with apt`, {
    cause: error,
  });
}
