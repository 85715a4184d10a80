import { OuterTmux, type OuterTmuxOptions } from './outer-tmux.js';
import type { Exit } from './program.js';
import { shellLine, sshArgs, type SshTarget } from './ssh-command.js';

/** Where to join, and in which terminal. */
export type SshJoinerOptions = SshTarget & Omit<OuterTmuxOptions, 'command'>;

/** A mate as most are: OpenSSH in a terminal, whose screen, styles and modes can be read back. */
export class SshJoiner {
  private constructor(
    /** The terminal that ssh runs in. */
    readonly screen: OuterTmux,
  ) {}

  static async start(options: SshJoinerOptions): Promise<SshJoiner> {
    return new SshJoiner(
      await OuterTmux.start({ ...options, command: `exec ${shellLine(['ssh', ...sshArgs(options)])}` }),
    );
  }

  async type(text: string | Uint8Array): Promise<void> {
    await this.screen.type(text);
  }

  /** Presses keys by tmux's names. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.screen.press(...keys);
  }

  async resize(cols: number, rows: number): Promise<void> {
    await this.screen.resize(cols, rows);
  }

  /** Waits for ssh's end. */
  async exited(deadlineMs?: number): Promise<Exit> {
    return await this.screen.exited(deadlineMs);
  }

  async stop(): Promise<void> {
    await this.screen.stop();
  }
}
