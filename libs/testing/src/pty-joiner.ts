import nodePty from '@lydell/node-pty';
import { cleanEnv, killAtExit, type Exit } from './program.js';
import { sshArgs, type SshTarget } from './ssh-command.js';
import { tempDir } from './temp-dir.js';
import { within } from './until.js';
import { XtermScreen } from './xterm-screen.js';

/** Where to join, and with which terminal. */
export type PtyJoinerOptions = SshTarget & {
  readonly cols?: number;
  readonly rows?: number;
  readonly term?: string;
  /** Another client than OpenSSH: its program and all its arguments. */
  readonly program?: readonly string[];
};

/** OpenSSH on a pty of this process, drawn by @xterm/headless: the quick sister of `SshJoiner`. */
export class PtyJoiner {
  readonly screen: XtermScreen;
  readonly #pty: nodePty.IPty;
  readonly #exited: Promise<Exit>;
  #exit: Exit | undefined;

  constructor(options: PtyJoinerOptions) {
    const { cols = 80, rows = 24, term = 'xterm-256color' } = options;
    const [program = '', ...args] = options.program ?? ['ssh', ...sshArgs(options)];
    const home = tempDir('smj');
    this.screen = new XtermScreen(cols, rows);
    const env = cleanEnv(home.path, { TERM: term });
    this.#pty = nodePty.spawn(program, args, { name: term, cols, rows, env, encoding: null });
    const guard = killAtExit(this.#pty.pid);
    this.#pty.onData((data: string | Uint8Array) => this.screen.write(data));
    // The terminal answers questions (device attributes, cursor position) as a real one does.
    this.screen.terminal.onData((answer) => this.#pty.write(answer));
    this.#exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        guard.forget();
        home.dispose();
        this.#exit =
          signal === undefined || signal === 0
            ? { status: exitCode, signal: null }
            : { status: null, signal: 'SIGKILL' };
        resolve(this.#exit);
      });
    });
  }

  /** How ssh ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  get pid(): number {
    return this.#pty.pid;
  }

  async type(text: string | Uint8Array): Promise<void> {
    // The types know strings only; node-pty writes a Buffer as it is.
    this.#pty.write(typeof text === 'string' ? text : (Buffer.from(text) as unknown as string));
  }

  async resize(cols: number, rows: number): Promise<void> {
    this.screen.resize(cols, rows);
    this.#pty.resize(cols, rows);
  }

  async exited(deadlineMs?: number): Promise<Exit> {
    return await within(this.#exited, 'ssh to end', deadlineMs);
  }

  async stop(): Promise<void> {
    if (this.#exit === undefined) {
      this.#pty.kill('SIGKILL');
      await this.exited();
    }
    this.screen.dispose();
  }
}
