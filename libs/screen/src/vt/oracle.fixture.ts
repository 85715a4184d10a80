import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { capture, STATE_FORMAT, stateOf } from './capture.fixture.js';
import { Terminal } from './terminal.js';

const run = promisify(execFile);

/** What happens to a pane: bytes that its program writes, or another size. */
export type Step = Uint8Array | { readonly cols: number; readonly rows: number };

/** A pane of the given size, and what happens to it. */
export interface Case {
  readonly name: string;
  readonly cols: number;
  readonly rows: number;
  readonly steps: readonly Step[];
}

/** What both ends say of a pane in the end. */
export interface Verdict {
  readonly case: Case;
  readonly host: string;
  readonly ours: string;
}

export const HISTORY_LIMIT = 12;
const BATCH = 40;
const DEADLINE_MS = 10_000;

/** Ends any open sequence, and sets the title to show that the step is done. */
const mark = (step: number) => Buffer.from(`\u0018\u001b\\\u0018\u001b]2;done${step}\u0007`, 'latin1');

/** The bytes of each burst, with the size that the pane has before it. */
function burstsOf({ cols, rows, steps }: Case): { cols: number; rows: number; bytes: Buffer }[] {
  const bursts: { cols: number; rows: number; bytes: Buffer }[] = [];
  let size = { cols, rows };
  let last = true;
  for (const step of steps) {
    if (!(step instanceof Uint8Array)) {
      if (!last) bursts.push({ ...size, bytes: Buffer.alloc(0) });
      size = step;
      last = false;
    } else {
      bursts.push({ ...size, bytes: Buffer.from(step) });
      last = true;
    }
  }
  if (!last) bursts.push({ ...size, bytes: Buffer.alloc(0) });
  return bursts.map((burst, i) => ({ ...burst, bytes: Buffer.concat([burst.bytes, mark(i)]) }));
}

/** The same with our own terminal. */
export function ours(given: Case): string {
  const terminal = new Terminal({ cols: given.cols, rows: given.rows, historyLimit: HISTORY_LIMIT });
  for (const { cols, rows, bytes } of burstsOf(given)) {
    // The host changes one side after the other, and wraps lines again each time.
    terminal.resize(cols, terminal.rows);
    terminal.resize(cols, rows);
    terminal.write(bytes);
  }
  return `${capture(terminal)}${stateOf(terminal)}\n`;
}

function ignoreDeath(error: unknown): void {
  if (!(error instanceof Error) || !/lost server|no server running|server exited/.test(error.message)) throw error;
}

/**
 * A stock tmate without a server: the model of its panes is what the host of a session sees. The window is large and
 * split twice, so that its first pane may have any smaller size.
 */
export class Oracle {
  readonly #directory: string;
  #socket = '';
  #starts = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async start(): Promise<Oracle> {
    const directory = await mkdtemp(join(tmpdir(), 'oracle-'));
    const lines = [
      'set -g tmate-server-host 127.0.0.1',
      'set -g tmate-server-port 1',
      `set -g history-limit ${HISTORY_LIMIT}`,
    ];
    await writeFile(join(directory, 'conf'), `${lines.join('\n')}\n`);
    const oracle = new Oracle(directory);
    await oracle.#begin();
    return oracle;
  }

  async #begin(): Promise<void> {
    this.#socket = join(this.#directory, `s${++this.#starts}`);
    await this.#tmate('new-session', '-d', '-x', '120', '-y', '60', 'sleep 1000');
  }

  async stop(): Promise<void> {
    await this.#tmate('kill-server').catch(ignoreDeath);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Judges all cases. One that kills the host (there are such) is left out. */
  async judge(cases: readonly Case[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (let at = 0; at < cases.length; at += BATCH)
      verdicts.push(...(await this.#survive(cases.slice(at, at + BATCH))));
    return verdicts;
  }

  async #survive(cases: readonly Case[]): Promise<Verdict[]> {
    try {
      return await this.#batch(cases);
    } catch (error) {
      ignoreDeath(error);
      await this.#begin();
      if (cases.length === 1) return [];
      const middle = cases.length >> 1;
      return [...(await this.#survive(cases.slice(0, middle))), ...(await this.#survive(cases.slice(middle)))];
    }
  }

  async #batch(cases: readonly Case[]): Promise<Verdict[]> {
    const bursts = cases.map(burstsOf);
    const create: string[] = [];
    for (const [i, list] of bursts.entries()) {
      const files = list.map((_, k) => join(this.#directory, `case${i}.${k}`));
      for (const [k, file] of files.entries()) await writeFile(file, list[k]?.bytes ?? '');
      // A key that comes before the terminal is raw is echoed.
      const script = `stty raw -echo; printf "\\033]2;ready\\007"; ${files.map((file) => `read x; cat ${file}`).join('; ')}; sleep 1000`;
      create.push('new-window', '-d', '-P', '-F', '#{pane_id}', `sh -c '${script}'`, ';');
      create.push('split-window', '-d', '-h', '-t', ':$.0', 'sleep 1000', ';');
      create.push('split-window', '-d', '-v', '-t', ':$.0', 'sleep 1000', ';');
    }
    const panes = (await this.#tmate(...create)).trim().split('\n');
    const stepCount = Math.max(...bursts.map((list) => list.length));
    for (let k = 0; k < stepCount; k++) {
      const active = panes.filter((_, i) => bursts[i]?.[k] !== undefined);
      const commands: string[] = [];
      for (const [i, pane] of panes.entries()) {
        const burst = bursts[i]?.[k];
        if (burst === undefined) continue;
        commands.push('resize-pane', '-t', pane, '-x', `${burst.cols}`, '-y', `${burst.rows}`, ';');
      }
      if (k === 0) await this.#until('ready', panes, (title) => title === 'ready');
      for (const pane of active) commands.push('send-keys', '-t', pane, 'C-j', ';');
      await this.#tmate(...commands);
      await this.#until(`done${k}`, active, (title) => title === `done${k}`);
    }
    const ask: string[] = [];
    for (const pane of panes) {
      ask.push('capture-pane', '-e', '-p', '-J', '-S', '-', '-t', pane, ';');
      ask.push('display-message', '-p', '-t', pane, STATE_FORMAT, ';', 'display-message', '-p', '=====', ';');
    }
    const host = (await this.#tmate(...ask)).split('=====\n');
    await this.#tmate(...panes.flatMap((pane) => ['kill-window', '-t', pane, ';']));
    return cases.map((given, i) => ({ case: given, host: host[i] ?? '', ours: ours(given) }));
  }

  async #until(what: string, panes: readonly string[], holds: (title: string) => boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const lines = (await this.#tmate('list-panes', '-a', '-F', '#{pane_id} #{pane_title}')).split('\n');
      const titles = new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1).join(' ')]));
      if (panes.every((pane) => holds(titles.get(pane) ?? ''))) return;
      if (Date.now() > deadline) throw new Error(`panes are not ${what}: ${lines.join('|')}`);
    }
  }

  async #tmate(...args: string[]): Promise<string> {
    const at = args.at(-1) === ';' ? args.slice(0, -1) : args;
    const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, TERM: 'xterm-256color', TMUX: undefined } };
    const { stdout } = await run('tmate', ['-S', this.#socket, '-f', join(this.#directory, 'conf'), ...at], options);
    return stdout;
  }
}
