import { spawn, type ChildProcess } from 'node:child_process';
import { within } from './until.js';

/** What one command line printed, block by block, until all of its commands have been answered. */
interface Asked {
  /** Commands without an answer yet. */
  left: number;
  readonly output: string[];
  readonly line: string;
  resolve(output: string): void;
  reject(error: Error): void;
}

/**
 * A client of a tmux server in control mode: it runs commands over one connection, because a `tmux` process for each would cost
 * several milliseconds. It has no size, and does not receive the output of panes.
 */
export class ControlClient {
  readonly #child: ChildProcess;
  readonly #asked: Asked[] = [];
  #rest = '';
  /** The guard of the block that is being read, and its lines. */
  #block: { readonly guard: string; readonly ours: boolean; readonly lines: string[] } | undefined;
  #ended = false;

  constructor(socket: string, env: Readonly<Record<string, string>>) {
    const args = ['-u', '-S', socket, '-C', 'attach-session', '-f', 'no-output,ignore-size'];
    const child = spawn('tmux', args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    child.stdin.on('error', () => undefined); // The server may have exited.
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.once('error', () => this.#end());
    child.once('close', () => this.#end());
  }

  /** Whether it can still be asked. */
  get connected(): boolean {
    return !this.#ended;
  }

  /**
   * Runs commands, several with `;` between (`\\;` is the character), and gives what they print; throws with what the
   * first failing one says.
   */
  async run(args: readonly string[]): Promise<string> {
    const line = args.map((word) => (word === ';' ? word : quoted(word === '\\;' ? ';' : word))).join(' ');
    const answer = new Promise<string>((resolve, reject) => {
      if (this.#ended) throw new Error('the tmux server has ended');
      const left = args.filter((word) => word === ';').length + 1;
      this.#asked.push({ left, output: [], line, resolve, reject });
      this.#child.stdin?.write(`${line}\n`);
    });
    return await within(answer, `tmux to do ${line.slice(0, 300)}`);
  }

  close(): void {
    this.#child.stdin?.end();
    this.#child.kill('SIGKILL');
    this.#end();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    const block = this.#block;
    if (block === undefined) {
      // The last number says whether a command of ours is answered; the first answer is to the attaching itself.
      const [, guard, flags] = /^%begin (\d+ \d+ (\d))$/.exec(line) ?? [];
      if (guard !== undefined) this.#block = { guard, ours: flags === '1', lines: [] };
    } else if (line === `%end ${block.guard}` || line === `%error ${block.guard}`) {
      this.#block = undefined;
      if (block.ours) this.#answered(block.lines, line.startsWith('%error'));
    } else block.lines.push(line);
  }

  #answered(lines: readonly string[], failed: boolean): void {
    const [asked] = this.#asked;
    if (asked === undefined) return;
    asked.output.push(...lines);
    asked.left -= 1;
    // What follows a command that fails is left out.
    if (!failed && asked.left > 0) return;
    this.#asked.shift();
    if (failed) asked.reject(new Error(`tmux ${asked.line.slice(0, 300)} failed (1): ${lines.join('\n')}`));
    else asked.resolve(asked.output.map((text) => `${text}\n`).join(''));
  }

  #end(): void {
    this.#ended = true;
    for (const asked of this.#asked.splice(0)) asked.reject(new Error('the tmux server has ended'));
  }
}

/** A word as tmux's own parser reads it: all on one line. */
function quoted(word: string): string {
  if (/^[\w.:,/=@+-]+$/.test(word)) return word;
  const escaped = word
    .replace(/["\\$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
  return `"${escaped}"`;
}
