/**
 * The judge of fidelity: a stock host attached in a terminal, a mate with plain ssh in another one of the same size, and the
 * real server between them. After every step both terminals are read back and compared cell by cell, with cursor, modes,
 * title and bells.
 *
 * ```ts
 * const judge = await Judge.start();            // server, host and mate; `judge.stop()` ends them
 * await judge.check([                           // begins with one window of one pane; throws a report of what differs
 *   'split-window -h ; resize-pane -L 5',       // a tmux command line, run on the host
 *   output('\u001B[31mred'),                    // what the active pane's program writes
 *   keys('joiner', 'C-b', 'z'),                 // keys by tmux's names, at a terminal
 *   type('abc\r'),                              // text, typed by the mate; panes run `cat`
 *   resize(100, 30),                            // both terminals
 * ]);
 * const found = await judge.run(steps, { deadlineMs: 1500 }); // the same, but gives the first disagreement, or undefined
 * ```
 *
 * Steps are plain data (`step.ts`): a generator can make them, and a shrinker leave some out. `run` resets the session
 * first (`reset`), and brings a host or mate back that did not survive, so that any list of steps can follow any other.
 * A step that the host refuses (an unknown pane, no space for one more) is no fault: the two are compared all the same.
 *
 * How a step is known to have reached both: keys are followed by a key that the host has bound, and the host tells when
 * that came; then the step's number is put in an option that the status line shows at both. Where it is not in sight
 * (no status line, a prompt over it), two looks at rest have to be equal. A difference counts once the deadline is over.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, Shipmate, tempDir, within, type OuterTmux, type TempDir } from '#testing';
import { textOf } from './cell.js';
import { differences, report, type Difference } from './differences.js';
import { FRESH } from './fresh.js';
import type { Observer, ScreenLook } from './screen-look.js';
import { BARRIER_CHANNEL, BARRIER_KEY, COPY_REDRAW_KEY, Seats, USUAL } from './seats.js';
import { stepOf, stepSummary, type Step, type StepLike, type Who } from './step.js';

/** The first step after which the two did not show the same. */
export interface Disagreement {
  /** Place of the step in the list, from 0. */
  readonly index: number;
  readonly step: Step;
  readonly differences: readonly Difference[];
  /** All of it for a person: the steps so far, what differs, both screens. */
  readonly report: string;
}

export interface JudgeOptions {
  /** The server; default: one of its own, which ends with the judge. */
  readonly shipmate?: Shipmate;
  /** Lines of the host's configuration. */
  readonly conf?: readonly string[];
  /** Modes, by tmux's names, that are not compared. */
  readonly ignoreModes?: readonly string[];
}

export interface RunOptions {
  /** How long the two may differ after a step, in milliseconds; default 5000. */
  readonly deadlineMs?: number;
  /** Goes on with the session as it is. */
  readonly keep?: boolean;
  /**
   * Where the two differ after a step, the host redraws its whole terminal before they are compared again: tmux 2.2 does not
   * always show what its model has. A pane's lines can be old, and the flag of a zoomed window that a resize has ended.
   */
  readonly redraw?: boolean;
}

/** Both terminals at the end of a wait. */
interface Verdict {
  readonly host: ScreenLook;
  readonly joiner: ScreenLook;
  readonly found: readonly Difference[];
}

const DEADLINE_MS = 5000;
/** A machine that is busy with other tests takes long to start a server. */
const START_MS = 90_000;
/** How long they may differ before the host redraws its terminal, where it may. */
const REDRAW_MS = 700;
/** Between two looks. */
const LOOK_MS = 3;
/** How long a step that leaves no mark in sight may take until it begins to show. */
const UNMARKED_MS = 250;
/** How long the two may differ at the beginning, before everything is restarted. */
const RESET_MS = 2500;
/** How long a key may take to the host. */
const BARRIER_MS = 15_000;

export class Judge {
  readonly #dir: TempDir = tempDir('judge');
  readonly #ignoreModes: ReadonlySet<string>;
  #seats: Seats | undefined;
  /** Steps after which the two showed the same only after the host had redrawn everything. */
  redrawn = 0;
  #mark = 0;
  #bellsBefore = { host: 0, joiner: 0 };
  /** The last keys were typed at both terminals, and nothing showed yet that they have arrived. */
  #typedAtBoth = false;
  /** The host's terminal that the joiner's is compared with. */
  #judging: Observer | undefined;

  private constructor(
    readonly shipmate: Shipmate,
    private readonly options: JudgeOptions,
  ) {
    this.#ignoreModes = new Set(options.ignoreModes);
  }

  static async start(options: JudgeOptions = {}): Promise<Judge> {
    const judge = new Judge(options.shipmate ?? (await Shipmate.launch()), options);
    try {
      await judge.shipmate.program.toPrint(/\bready\b/i, { deadlineMs: START_MS });
      await judge.reset();
      return judge;
    } catch (error) {
      await judge.stop();
      throw error;
    }
  }

  /** The host, and the two terminals. */
  get seats(): Seats {
    if (this.#seats === undefined) throw new Error('there is no session: reset the judge');
    return this.#seats;
  }

  /** Whether the host lives: its last window may have ended, and stock tmate has faults of its own. */
  get alive(): boolean {
    return this.#seats !== undefined && isRunning(this.#seats.host.pid);
  }

  /** Does the steps and compares after each; throws a report of the first disagreement. */
  async check(steps: readonly StepLike[], options?: RunOptions): Promise<void> {
    const found = await this.run(steps, options);
    if (found !== undefined) throw new Error(found.report);
  }

  /** Does the steps and compares after each, up to the first disagreement. */
  async run(steps: readonly StepLike[], options: RunOptions = {}): Promise<Disagreement | undefined> {
    if (options.keep !== true) await this.reset();
    for (const [index, like] of steps.entries()) {
      const step = stepOf(like);
      const before = await (this.#judging ?? this.seats.hostSeat).look();
      await this.#do(step);
      const firstMs = Math.min(options.deadlineMs ?? DEADLINE_MS, options.redraw === true ? REDRAW_MS : Infinity);
      let { host, joiner, found } = await this.#agree(before, firstMs);
      if (found.length > 0 && options.redraw === true) {
        await this.#redraw(step);
        ({ host, joiner, found } = await this.#agree(host, options.deadlineMs));
        if (found.length === 0) this.redrawn += 1;
      }
      if (found.length === 0) continue;
      const script = steps.slice(0, index + 1).map((done, n) => `${n === index ? '=>' : '  '} ${stepSummary(done)}`);
      return {
        index,
        step,
        differences: found,
        report: [...script, report(host, joiner, found)].join('\n'),
      };
    }
    return undefined;
  }

  /** One window of one pane again, options at their defaults, both terminals of the usual size. */
  async reset(): Promise<void> {
    try {
      this.#seats ??= await this.#takeSeats();
      await this.#refresh();
      // A key that is still on its way would be the first of the next steps.
      if (this.#typedAtBoth) {
        for (const who of ['host', 'joiner'] as const) await this.#type(who, async () => await Promise.resolve());
        await this.#refresh();
      }
    } catch {
      // Whatever did not survive is restarted; if that fails too, it is the server's fault.
      await this.#seats?.stop();
      this.#seats = undefined;
      this.#seats = await this.#takeSeats();
      await this.#refresh();
    }
  }

  async stop(): Promise<void> {
    await this.#seats?.stop();
    if (this.options.shipmate === undefined) await this.shipmate.stop();
    this.#dir.dispose();
  }

  async #takeSeats(): Promise<Seats> {
    this.#typedAtBoth = false;
    return await Seats.take(this.shipmate, this.options.conf);
  }

  async #refresh(): Promise<void> {
    const { hostSeat, joinerSeat } = this.seats;
    for (const { terminal } of [hostSeat, joinerSeat]) await terminal.resize(USUAL.cols, USUAL.rows);
    this.#judging = await this.seats.judgeSeat();
    const before = await hostSeat.look();
    await this.#command(FRESH.concat(this.options.conf ?? []));
    await this.seats.sized();
    const { host, joiner, found } = await this.#agree(before, RESET_MS);
    if (found.length > 0) throw new Error(report(host, joiner, found));
    this.#bellsBefore = { host: host.bells, joiner: joiner.bells };
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'tmux':
        await this.#command([step.line]);
        return;
      case 'keys':
        await this.#type(step.who, async (terminal) => await terminal.press(...step.keys));
        return;
      case 'type':
        await this.#type(step.who, async (terminal) => await terminal.type(step.text));
        return;
      case 'output':
        await this.#write(step.text, step.pane);
        break;
      case 'resize':
        for (const terminal of this.#terminals(step.who)) await terminal.resize(step.cols, step.rows);
        this.#judging = await this.seats.judgeSeat();
        await this.seats.sized();
        break;
    }
    await this.#command([]);
  }

  async #write(text: string, pane: string | undefined): Promise<void> {
    const target = pane === undefined ? [] : ['-t', pane];
    const tty = (
      await this.seats.host.ask('display-message', '-p', ...target, '#{pane_tty}').catch(refusal)
    )?.trimEnd();
    if (tty !== undefined && tty !== '') await writeFile(tty, text, { flag: 'a' });
  }

  /** Has the host do command lines, and leave the step's mark after them. One that fails does not keep it from the rest. */
  async #command(lines: readonly string[]): Promise<void> {
    this.#mark += 1;
    const file = this.#dir.file('lines');
    // Setting a user option redraws nothing. Only the status line is redrawn: all else stays as the
    // host drew it by itself, for it draws some things (a selection) otherwise when it draws all.
    const redraw = this.seats.ttys.map((tty) => `refresh-client -S -t ${tty}`);
    const marked = [...lines, `set -g @k ${this.#mark}`, ...redraw];
    await writeFile(file, `${marked.join('\n')}\n`);
    await this.seats.host.ask('source-file', file).catch(refusal);
  }

  /**
   * Has the host draw its terminals from its model. After a key in copy mode, that is drawn too: a key that cannot scroll further
   * changes the cursor's column and the selection's end without drawing them. After an option that redraws everything, a selection has
   * lost its colours.
   */
  async #redraw(step: Step): Promise<void> {
    await this.#command(this.seats.ttys.map((tty) => `refresh-client -t ${tty}`));
    if (step.kind !== 'keys' && !(step.kind === 'tmux' && /^setw? /.test(step.line))) return;
    await this.#command([`if-shell -F '#{pane_in_mode}' 'send-keys ${COPY_REDRAW_KEY} ${COPY_REDRAW_KEY}'`]);
  }

  /** Types at a terminal, and has the host tell when that arrived. What is typed at both opens something at each seat. */
  async #type(who: Who, type: (terminal: OuterTmux) => Promise<void>): Promise<void> {
    for (const terminal of this.#terminals(who)) await type(terminal);
    this.#typedAtBoth = who === 'both';
    if (this.#typedAtBoth) return;
    const arrived = this.seats.host.ask('wait-for', BARRIER_CHANNEL).then(() => true);
    // The host may end by what is typed before anybody waits for it.
    arrived.catch(() => undefined);
    for (const terminal of this.#terminals(who)) await terminal.press(BARRIER_KEY);
    await within(arrived, `${BARRIER_KEY} of the ${who} to arrive`, BARRIER_MS);
    await this.#command([]);
  }

  #terminals(who: Who): OuterTmux[] {
    const { hostSeat, joinerSeat } = this.seats;
    return [...(who === 'joiner' ? [] : [hostSeat.terminal]), ...(who === 'host' ? [] : [joinerSeat.terminal])];
  }

  /** Waits until both show the same, and that after the step: its mark is in sight at both, or both are at rest. */
  async #agree(before: ScreenLook, deadlineMs = DEADLINE_MS): Promise<Verdict> {
    const { hostSeat: own, joinerSeat } = this.seats;
    const hostSeat = this.#judging ?? own;
    const startMs = performance.now();
    const mark = new RegExp(`k${this.#mark}(?!\\d)`);
    let last: Verdict | undefined;
    let marked = false;
    for (;;) {
      const [host, joiner] = await Promise.all([hostSeat.look(), joinerSeat.look()]);
      const elapsedMs = performance.now() - startMs;
      const known = last?.host === host && last.joiner === joiner ? last : undefined;
      const found = known?.found ?? this.#compare(host, joiner);
      if (known === undefined)
        marked = [host, joiner].every(({ cells }) => cells.some((row) => mark.test(textOf(row))));
      const atRest = known !== undefined && !marked && (elapsedMs > UNMARKED_MS || !isSameLook(host, before));
      if ((found.length === 0 && (marked || atRest)) || elapsedMs > deadlineMs) return { host, joiner, found };
      last = { host, joiner, found };
      await delay(LOOK_MS);
    }
  }

  #compare(host: ScreenLook, joiner: ScreenLook): Difference[] {
    const options = { ignoreModes: this.#ignoreModes, bellsBefore: this.#bellsBefore };
    return differences(host, joiner, options).filter(
      // A terminal that the host attached later has heard fewer bells.
      ({ where }) => where !== 'bells' || this.#judging === this.#seats?.hostSeat,
    );
  }
}

const isSameLook = (a: ScreenLook, b: ScreenLook): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A command that fails is a step like any other, as long as the host lives. */
function refusal(error: unknown): void {
  if (!(error instanceof Error) || !/ failed \(1\): /.test(error.message)) throw error;
  if (/lost server|no server running|server exited|failed to connect/.test(error.message)) throw error;
}
