import {
  cleanEnv,
  isRunning,
  OuterTmux,
  shellLine,
  SshJoiner,
  Stage,
  tempDir,
  TmateHost,
  until,
  type Shipmate,
} from '#testing';
import { PINNED } from './fresh.js';
import { Observer } from './screen-look.js';

/** What the panes of a judged session run: it shows what is typed, and says nothing by itself. */
const QUIET_PROGRAM = "trap '' INT QUIT TSTP; exec cat";

/** Pressed at a terminal and bound by the host, it tells that all keys before it have arrived. */
export const BARRIER_KEY = 'F12';
export const BARRIER_CHANNEL = 'barrier';

/** Twice, it has copy mode draw all of its screen, and changes nothing. */
export const COPY_REDRAW_KEY = 'F10';

const CONF = [
  ...PINNED,
  // What the server tells the host is no part of what is compared: it is gone at once.
  'set -g tmate-display-time 1',
  // Keys are keys, however fast they come, and a lone Escape is one at once.
  'set -g assume-paste-time 0',
  'set -s escape-time 0',
  // What somebody opens stays until it is closed.
  'set -g display-panes-time 60000',
  'set -g display-time 60000',
  // Keys that follow each other as fast as a test presses them are keys all the same.
  'set -g assume-paste-time 0',
  `bind-key -n ${BARRIER_KEY} wait-for -S ${BARRIER_CHANNEL}`,
  ...['vi-copy', 'emacs-copy'].map((table) => `bind-key -t ${table} ${COPY_REDRAW_KEY} rectangle-toggle`),
];

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export const USUAL: Size = { cols: 80, rows: 24 };

/** Its own and the second one. */
const HOST_TERMINALS = 2;

/** A host with its own terminal, and a mate next to it in a terminal of the same size. */
export class Seats {
  /** Of the host's own terminals. */
  ttys: readonly string[] = [];

  private constructor(
    readonly host: TmateHost,
    readonly token: string,
    readonly hostSeat: Observer,
    readonly joinerSeat: Observer,
    /** A second terminal of the host's, always as large as the mate's: so it changes nothing, the mate's limits the window. */
    private readonly twin: Observer,
    private readonly stage: Stage,
  ) {}

  static async take(shipmate: Shipmate, conf: readonly string[] = []): Promise<Seats> {
    const stage = new Stage();
    try {
      const host = await stage.add(
        TmateHost.start({
          serverConf: shipmate.tmateConf,
          mode: 'attached',
          conf: [...CONF, ...conf].join('\n'),
          shell: QUIET_PROGRAM,
          size: USUAL,
          record: true,
        }),
      );
      await host.waitReady();
      const token = await host.token();
      const joiner = await join(shipmate, token, USUAL);
      await stage.add(joiner);
      // Attached from the first on: for a host that attaches a terminal, what happened in its window is seen.
      const twin = await attach(host, stage, USUAL);
      const [own, mates, second] = [new Observer(host.terminal), new Observer(joiner.screen), new Observer(twin)];
      const seats = new Seats(host, token, own, mates, second, stage);
      await seats.#listTtys();
      return seats;
    } catch (error) {
      await stage.clear();
      throw error;
    }
  }

  /** The host's terminal that the mate's is compared with: the one of the two that has its size. */
  async judgeSeat(): Promise<Observer> {
    const [own, size] = [await sizeOf(this.hostSeat.terminal), await sizeOf(this.joinerSeat.terminal)];
    await this.twin.terminal.resize(size.cols, size.rows);
    return sameSize(own, size) ? this.hostSeat : this.twin;
  }

  /**
   * Waits until the host's window has the size that the terminals leave it, or the host has ended. Output that came sooner may reach the
   * window before its new size, and joiners after it: the stock client sends the layout when it has handled all that had come.
   */
  async sized(): Promise<void> {
    const { host } = this;
    const seats = [this.hostSeat, this.twin, this.joinerSeat];
    const terminals = await Promise.all(seats.map(async ({ terminal }) => await sizeOf(terminal)));
    const isSized = async (): Promise<boolean> => {
      const window = await host.ask('display-message', '-p', '#{?status,1,0} #{window_width} #{window_height}');
      const [status = 0, cols = 0, rows = 0] = window.split(' ').map(Number);
      const free = windowFor(terminals, status);
      if (sameSize({ cols, rows }, free)) return true;
      const forced = { cols: await this.#forced('force-width'), rows: await this.#forced('force-height') };
      return sameSize(
        { cols, rows },
        { cols: Math.min(free.cols, forced.cols), rows: Math.min(free.rows, forced.rows) },
      );
    };
    await until(async () => !isRunning(host.pid) || (await isSized()), { what: 'the new size of the host’s window' });
  }

  /** What an option limits the current window to. */
  async #forced(option: string): Promise<number> {
    const own = await this.host.ask('show-window-options', '-v', option);
    return Number(own.trim() || (await this.host.ask('show-window-options', '-gv', option)).trim()) || Infinity;
  }

  async #listTtys(): Promise<void> {
    const list = async (): Promise<string[]> =>
      (await this.host.ask('list-clients', '-F', '#{client_tty}')).trim().split('\n');
    await until(async () => (this.ttys = await list()).length === HOST_TERMINALS, {
      what: 'the terminals of the host',
    });
  }

  async stop(): Promise<void> {
    await this.stage.clear();
  }
}

async function join(shipmate: Shipmate, user: string, size: Size): Promise<SshJoiner> {
  return await SshJoiner.start({ port: shipmate.sshPort, user, ...size, record: true });
}

/** Attaches one more terminal at the host. */
async function attach(host: TmateHost, stage: Stage, size: Size): Promise<OuterTmux> {
  const home = tempDir('smt');
  stage.onClear(() => home.dispose());
  const command = `exec ${shellLine(['tmate', '-S', host.socket, 'attach-session'])}`;
  return await stage.add(OuterTmux.start({ command, ...size, env: cleanEnv(home.path), record: true }));
}

async function sizeOf(terminal: OuterTmux): Promise<Size> {
  const [cols = 0, rows = 0] = (await terminal.tmux('display-message', '-p', '#{pane_width} #{pane_height}'))
    .split(' ')
    .map(Number);
  return { cols, rows };
}

/** The window that fits into all of these terminals, each with a status line if there is room for one. */
function windowFor(terminals: readonly Size[], statusLines: number): Size {
  const heights = terminals.map(({ rows }) => (rows > statusLines ? rows - statusLines : rows));
  return { cols: Math.min(...terminals.map(({ cols }) => cols)), rows: Math.min(...heights) };
}

const sameSize = (a: Size, b: Size): boolean => a.cols === b.cols && a.rows === b.rows;
