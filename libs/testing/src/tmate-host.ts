import { readFileSync, writeFileSync } from 'node:fs';
import { CommandClient } from './command-client.js';
import { noteSecret } from './noted-secrets.js';
import { OuterTmux } from './outer-tmux.js';
import { cleanEnv, isRunning, killAtExit, Program, run, tryKill } from './program.js';
import { shellLine } from './ssh-command.js';
import { tempDir, type TempDir } from './temp-dir.js';
import { DEFAULT_DEADLINE_MS, until } from './until.js';

/** How a stock tmate is started. */
export interface TmateHostOptions {
  /** The `tmate.conf` that names the server: `shipmate.tmateConf`. */
  readonly serverConf: string;
  /** Further lines of configuration, as a user's own `~/.tmate.conf` has them. */
  readonly conf?: string;
  /**
   * `attached`: in a terminal (`size` is that terminal's). `detached` (the default): `new-session -d`. `foreground`: `-F`,
   * without a terminal, as CI jobs run it.
   */
  readonly mode?: 'attached' | 'detached' | 'foreground';
  readonly size?: { readonly cols: number; readonly rows: number };
  /** The shell's command line; by default a bash with the prompt `$ ` and no start files. */
  readonly shell?: string;
  /** Arguments before the command, as `-n NAME`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of mode `detached`: a program that becomes tmate, and its arguments: `ip netns exec NAME`. */
  readonly through?: readonly string[];
  /** Of mode `attached`: keep every byte that the terminal is sent, for `terminal.recorded`. */
  readonly record?: boolean;
}

const PLAIN_SHELL = "PS1='$ ' exec bash --noprofile --norc -i";

/** A host: the stock `tmate` client with its own home directory and socket. */
export class TmateHost {
  readonly #dir: TempDir;
  readonly #env: Record<string, string>;
  #pid = 0;
  #terminal: OuterTmux | undefined;
  /** `tmate -F`, in mode `foreground`: what it prints is what a CI job's log shows. */
  foreground: Program | undefined;
  #guard: { forget(): void } | undefined;
  /** What `ask` runs commands through, each free or not. */
  readonly #clients: { readonly client: CommandClient; busy: boolean }[] = [];

  private constructor(dir: TempDir, env: Record<string, string>) {
    this.#dir = dir;
    this.#env = env;
  }

  /** Starts tmate; does not wait for its server: `waitReady` does. */
  static async start(options: TmateHostOptions): Promise<TmateHost> {
    const dir = tempDir('smh');
    const host = new TmateHost(dir, cleanEnv(dir.path, { TERM: 'xterm-256color', ...options.env }));
    try {
      await host.#start(options);
      return host;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  async #start(options: TmateHostOptions): Promise<void> {
    const { mode = 'detached', size = { cols: 80, rows: 24 }, shell = PLAIN_SHELL, args = [], through = [] } = options;
    const server = readFileSync(options.serverConf, 'utf8');
    const file = this.#dir.file('tmate.conf');
    writeFileSync(file, [server, `set -g default-command ${JSON.stringify(shell)}`, options.conf ?? ''].join('\n'));
    const tmate = ['-S', this.socket, '-f', file, ...args];
    if (mode === 'attached') {
      const env = { ...this.#env };
      delete env['TERM']; // The outer terminal's own is the truth.
      const command = `exec ${shellLine(['tmate', ...tmate, 'new-session'])}`;
      this.#terminal = await OuterTmux.start({ command, ...size, env, record: options.record ?? false });
    } else if (mode === 'foreground') {
      this.foreground = new Program('tmate', [...tmate, '-F'], { env: this.#env });
    } else {
      // With -d, a client exits when the server has the session.
      const session = ['new-session', '-d', '-x', `${size.cols}`, '-y', `${size.rows}`];
      const [command = '', ...words] = [...through, 'tmate', ...tmate, ...session];
      await run(command, words, { env: this.#env });
    }
    this.#pid = await until(async () => Number(await this.display('#{pid}')), { what: 'the tmate server to answer' });
    this.#guard = killAtExit(this.#pid);
  }

  /** The host's own terminal; there is one in mode `attached` only. */
  get terminal(): OuterTmux {
    if (this.#terminal === undefined) throw new Error('this host has no terminal attached');
    return this.#terminal;
  }

  /** The id of tmate's server process. */
  get pid(): number {
    return this.#pid;
  }

  /** The socket, for a further `tmate -S`. */
  get socket(): string {
    return this.#dir.file('s');
  }

  /** Runs one tmate command on this host, `command('split-window', '-h')`, and gives its output. */
  async command(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmate', ['-S', this.socket, ...args], { env: this.#env });
    return stdout;
  }

  /**
   * As `command`, without a process for it. Several may be under way at once: one that waits (`wait-for`) does not keep the
   * others waiting.
   */
  async ask(...args: readonly string[]): Promise<string> {
    let free = this.#clients.find(({ client, busy }) => !busy && client.connected);
    if (free === undefined) this.#clients.push((free = { client: new CommandClient(this.socket), busy: false }));
    free.busy = true;
    try {
      return await free.client.run(args);
    } finally {
      free.busy = false;
    }
  }

  /** Expands a format on the host: `display('#{tmate_ssh}')`. */
  async display(format: string, target?: string): Promise<string> {
    const at = target === undefined ? [] : ['-t', target];
    return (await this.command('display-message', '-p', ...at, format)).replace(/\n$/, '');
  }

  /** The text of a pane, as `capture-pane -p` gives it; flags as `-e` and `-S -100`. */
  async capture(target = '', ...flags: readonly string[]): Promise<string> {
    return await this.command('capture-pane', '-p', ...(target === '' ? [] : ['-t', target]), ...flags);
  }

  /** Presses keys in the active pane by tmux's names, or text with `-l` first. */
  async sendKeys(...keys: readonly string[]): Promise<void> {
    await this.command('send-keys', ...keys);
  }

  /** Types a command line into the active pane's shell. */
  async typeLine(line: string): Promise<void> {
    await this.command('send-keys', '-l', line);
    await this.command('send-keys', 'Enter');
  }

  /**
   * Waits as a script does with `tmate wait tmate-ready`, then leaves the screen of messages that tmate opens with
   * (unless `keepMessages`), so that the shell is in view.
   */
  async waitReady(options: { readonly deadlineMs?: number; readonly keepMessages?: boolean } = {}): Promise<void> {
    const { deadlineMs = DEFAULT_DEADLINE_MS, keepMessages = false } = options;
    await run('tmate', ['-S', this.socket, 'wait', 'tmate-ready'], { env: this.#env, deadlineMs }).catch(
      async (error: unknown) => {
        throw new Error(`tmate is not ready: ${String(error)}\n${await this.messages().catch(String)}`);
      },
    );
    if (!keepMessages) await this.leaveMessages();
  }

  /** Leaves the screen of messages; harmless if there is none. */
  async leaveMessages(): Promise<void> {
    await until(
      async () => {
        if ((await this.display('#{pane_in_mode}')) !== '1') return true;
        await this.sendKeys('q');
        return undefined;
      },
      { what: "tmate's screen of messages to close", everyMs: 30 },
    );
  }

  /** What tmate has told its user. */
  async messages(): Promise<string> {
    return await this.command('show-messages');
  }

  /** The token of the joiners who may write, or of the readers, out of `#{tmate_ssh}`. */
  async token(kind: 'write' | 'read' = 'write'): Promise<string> {
    const name = kind === 'write' ? 'tmate_ssh' : 'tmate_ssh_ro';
    const line = await until(async () => await this.display(`#{${name}}`), { what: `the host to know ${name}` });
    const token = /(\S+)@\S+$/.exec(line)?.[1];
    if (token === undefined) throw new Error(`no token in ${JSON.stringify(line)}`);
    if (!token.includes('/')) noteSecret(`the ${kind} token of a tmate`, token);
    noteSecret('the secret of a host', (await this.display('#{tmate_host_page}')).split('#')[1] ?? '');
    return token;
  }

  /** Ends the session as a user does: the server says FIN and goes. */
  async killServer(): Promise<void> {
    await this.command('kill-server').catch(() => undefined); // It may have ended before it can answer.
    await this.#gone();
  }

  /** Sends a signal to the tmate server: SIGKILL for a host that is lost, SIGSTOP for one that hangs. */
  signal(signal: NodeJS.Signals): void {
    tryKill(this.#pid, signal);
  }

  async stop(): Promise<void> {
    for (const { client } of this.#clients.splice(0)) client.close();
    if (this.#pid !== 0) {
      tryKill(this.#pid, 'SIGCONT');
      if (tryKill(this.#pid, 'SIGTERM')) {
        await this.#gone(3000).catch(async () => {
          tryKill(this.#pid, 'SIGKILL');
          await this.#gone();
        });
      }
      this.#guard?.forget();
    }
    await this.foreground?.stop('SIGKILL');
    await this.#terminal?.stop();
    this.#dir.dispose();
  }

  async #gone(deadlineMs?: number): Promise<void> {
    await until(() => !isRunning(this.#pid), {
      what: `tmate (${this.#pid}) to end`,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  }
}
