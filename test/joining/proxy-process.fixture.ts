import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from '#testing';

const MAIN = fileURLToPath(new URL('../../dist/apps/shipmate/src/main.js', import.meta.url));

/** The command as a user types it. */
export const PROXY_COMMAND = [process.execPath, MAIN, 'proxy'] as const;

/** `shipmate proxy` as a program that runs until it is stopped. */
export class ProxyProcess {
  stderr = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor(args: readonly string[]) {
    const [node, ...rest] = PROXY_COMMAND;
    this.#child = spawn(node, [...rest, ...args], { env: cleanEnv('/nonexistent') });
    this.#child.stderr?.on('data', (bytes: Buffer) => (this.stderr += bytes.toString('latin1')));
    this.#exit = new Promise((resolve) => this.#child.once('close', resolve));
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
