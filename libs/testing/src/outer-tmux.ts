import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlClient } from './control-client.js';
import { cleanEnv, isRunning, killAtExit, run, tryKill, type Exit } from './program.js';
import { Screen, type ScreenState } from './screen.js';
import { tempDir, type TempDir } from './temp-dir.js';
import { DEFAULT_DEADLINE_MS, until } from './until.js';

/** The terminal that a program is shown in. */
export interface OuterTmuxOptions {
  /** The command line that runs in the terminal, by /bin/sh. */
  readonly command: string;
  readonly cols?: number;
  readonly rows?: number;
  /** TERM of what runs in it. */
  readonly term?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps every byte that the terminal is sent, from the first on, for `recorded`. */
  readonly record?: boolean;
}

/** What tmux knows of a pane's modes, by its format names; flags are booleans. */
export interface PaneModes {
  readonly alternate: boolean;
  readonly insert: boolean;
  readonly wrap: boolean;
  readonly origin: boolean;
  readonly keypadCursor: boolean;
  readonly keypad: boolean;
  readonly mouseStandard: boolean;
  readonly mouseButton: boolean;
  readonly mouseAll: boolean;
  readonly mouseSgr: boolean;
  readonly mouseUtf8: boolean;
  readonly scrollRegion: readonly [upper: number, lower: number];
  readonly title: string;
}

/** A screen with its colours and attributes. */
export interface StyledState extends ScreenState {
  /** One string a row with SGR sequences, as `capture-pane -e -N` writes it. */
  readonly styled: readonly string[];
  readonly modes: PaneModes;
}

/** A terminal's modes, by tmux's names of them. */
export const TERMINAL_MODES = [
  'alternate_on',
  'insert_flag',
  'wrap_flag',
  'origin_flag',
  'keypad_cursor_flag',
  'keypad_flag',
  'mouse_standard_flag',
  'mouse_button_flag',
  'mouse_all_flag',
  'mouse_sgr_flag',
  'mouse_utf8_flag',
] as const;
// The title comes last: it is the one field that may hold a tab.
const NUMBERS = 'pane_width pane_height cursor_x cursor_y cursor_flag scroll_region_upper scroll_region_lower'.split(
  ' ',
);
const STATE_FORMAT = [...NUMBERS, ...TERMINAL_MODES, 'pane_title'].map((name) => `#{${name}}`).join('\t');

// A paste buffer does what many `send-keys` would, in one command.
const MOST_BYTES_AS_KEYS = 200;

/**
 * A real terminal for a test: one pane of a separate tmux server, of any size and with no client attached.
 * What runs in it sees a terminal; the test reads its screen, cursor and modes back and types into it.
 */
export class OuterTmux extends Screen {
  readonly #dir: TempDir;
  readonly #env: Record<string, string>;
  #pid = 0;
  #keepKilled: { forget(): void } | undefined;
  #control: ControlClient | undefined;

  private constructor() {
    super();
    this.#dir = tempDir('smt');
    this.#env = cleanEnv(this.#dir.path);
  }

  static async start(options: OuterTmuxOptions): Promise<OuterTmux> {
    const terminal = new OuterTmux();
    try {
      await terminal.#start(options);
      return terminal;
    } catch (error) {
      await terminal.stop();
      throw error;
    }
  }

  async #start({
    command,
    cols = 80,
    rows = 24,
    term = 'tmux-256color',
    env = {},
    record = false,
  }: OuterTmuxOptions): Promise<void> {
    const config = [
      'set -g status off',
      'set -g remain-on-exit on',
      'set -g remain-on-exit-format ""',
      'set -s escape-time 0',
      'set -g history-limit 5000',
      'set -s exit-empty off',
      `set -g default-terminal ${term}`,
    ].join('\n');
    const file = this.#dir.file('outer.conf');
    writeFileSync(file, config);
    const settings = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    // TMUX is only for us: programs inside must not think that they are nested.
    const inside = `unset TMUX TMUX_PANE; ${command}`;
    await this.tmux(
      '-f',
      file,
      'new-session',
      '-d',
      '-x',
      `${cols}`,
      '-y',
      `${rows}`,
      ...settings,
      '/bin/sh',
      '-c',
      inside,
      // In the same breath, so that the first byte is there too.
      ...(record ? [';', 'pipe-pane', '-O', `exec cat >${this.#record}`] : []),
    );
    this.#pid = Number((await this.tmux('display-message', '-p', '#{pid}')).trim());
    this.#keepKilled = killAtExit(this.#pid);
  }

  /** Runs one tmux command of this terminal's server and gives its output. */
  async tmux(...args: readonly string[]): Promise<string> {
    const socket = this.#dir.file('s');
    if (this.#pid !== 0) {
      if (this.#control?.connected !== true) this.#control = new ControlClient(socket, this.#env);
      return await this.#control.run(args);
    }
    const { stdout } = await run('tmux', ['-S', socket, ...args], { env: this.#env });
    return stdout;
  }

  async read(): Promise<ScreenState> {
    const out = await this.tmux('display-message', '-p', STATE_FORMAT, ';', 'capture-pane', '-p');
    return parseState(out).state;
  }

  /** The screen with styles and modes, all of one moment. */
  async readStyled(): Promise<StyledState> {
    const state = ['display-message', '-p', STATE_FORMAT];
    const out = await this.tmux(...state, ';', 'capture-pane', '-p', ';', 'capture-pane', '-e', '-p', '-N');
    const parsed = parseState(out);
    return { ...parsed.state, styled: parsed.rest, modes: parsed.modes };
  }

  /** Waits until two looks, `quietMs` apart, see the same, and gives that. */
  async settled(quietMs = 150, deadlineMs = DEFAULT_DEADLINE_MS): Promise<StyledState> {
    let last = JSON.stringify(await this.readStyled());
    return await until(
      async () => {
        await delay(quietMs);
        const now = await this.readStyled();
        const same = JSON.stringify(now) === last;
        last = JSON.stringify(now);
        return same ? now : undefined;
      },
      { what: 'the screen to come to rest', deadlineMs },
    );
  }

  /** Types `text` byte for byte, as a keyboard or a paste without brackets would. */
  async type(text: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(text);
    if (bytes.length === 0) return;
    if (bytes.length <= MOST_BYTES_AS_KEYS) {
      await this.tmux('send-keys', '-H', ...Array.from(bytes, (byte) => byte.toString(16)));
      return;
    }
    const file = this.#dir.file(`paste-${randomBytes(4).toString('hex')}`);
    writeFileSync(file, bytes);
    await this.tmux('load-buffer', '-b', 'typed', file, ';', 'paste-buffer', '-r', '-d', '-b', 'typed');
  }

  /** Presses keys by tmux's names: `press('C-b', 'Left')`. */
  async press(...keys: readonly string[]): Promise<void> {
    // A single semicolon would end the command.
    await this.tmux('send-keys', ...keys.map((key) => (key === ';' ? '\\;' : key)));
  }

  /** What the terminal was sent since byte `from`; there is some with `record` only. */
  recorded(from = 0): Uint8Array {
    const file = openSync(this.#record, 'r');
    try {
      const pieces: Uint8Array[] = [];
      for (let at = from; ;) {
        const piece = Buffer.alloc(64 * 1024);
        const size = readSync(file, piece, 0, piece.length, at);
        if (size === 0) return Buffer.concat(pieces);
        pieces.push(piece.subarray(0, size));
        at += size;
      }
    } finally {
      closeSync(file);
    }
  }

  get #record(): string {
    return this.#dir.file('record');
  }

  async resize(cols: number, rows: number): Promise<void> {
    await this.tmux('resize-window', '-x', `${cols}`, '-y', `${rows}`);
  }

  /** The process id of what runs in it. */
  async panePid(): Promise<number> {
    return Number(await this.tmux('display-message', '-p', '#{pane_pid}'));
  }

  /** How the command ended; undefined while it runs. Its last screen stays readable. */
  async exit(): Promise<Exit | undefined> {
    const out = await this.tmux('display-message', '-p', '#{pane_dead} #{pane_dead_status} #{pane_dead_signal}');
    const [dead, status = '', signal = ''] = out.replace(/\n$/, '').split(' ');
    if (dead !== '1') return undefined;
    if (status === '' && signal === '') {
      // The terminal closed a moment before tmux asks how its process ended. Now and then tmux misses that signal (one in
      // ten of a hundred short commands, tmux 3.3a) and would never ask: remind it.
      tryKill(this.#pid, 'SIGCHLD');
      return undefined;
    }
    return { status: status === '' ? null : Number(status), signal: signal === '' ? null : (signal as NodeJS.Signals) };
  }

  /** Waits until the command has ended. */
  async exited(deadlineMs = DEFAULT_DEADLINE_MS): Promise<Exit> {
    return await until(async () => await this.exit(), { what: 'the command in the terminal to end', deadlineMs });
  }

  async stop(): Promise<void> {
    if (this.#pid !== 0) {
      this.#control?.close();
      tryKill(this.#pid, 'SIGTERM');
      await until(() => !isRunning(this.#pid), { what: `tmux (${this.#pid}) to end`, deadlineMs: 5000 }).catch(() =>
        tryKill(this.#pid, 'SIGKILL'),
      );
      this.#keepKilled?.forget();
    }
    this.#dir.dispose();
  }
}

function parseState(out: string): { state: ScreenState; rest: string[]; modes: PaneModes } {
  const [head = '', ...body] = out.replace(/\n$/, '').split('\n');
  const fields = head.split('\t');
  const numbers = fields.slice(0, NUMBERS.length).map(Number);
  const [cols = 0, rows = 0, x = 0, y = 0, visible = 0, upper = 0, lower = 0] = numbers;
  const flag = (name: (typeof TERMINAL_MODES)[number]): boolean =>
    fields[NUMBERS.length + TERMINAL_MODES.indexOf(name)] === '1';
  const lines = body.slice(0, rows);
  while (lines.length < rows) lines.push('');
  return {
    state: { lines: lines.map((line) => line.trimEnd()), cursor: { x, y, visible: visible === 1 }, cols, rows },
    rest: body.slice(rows),
    modes: {
      alternate: flag('alternate_on'),
      insert: flag('insert_flag'),
      wrap: flag('wrap_flag'),
      origin: flag('origin_flag'),
      keypadCursor: flag('keypad_cursor_flag'),
      keypad: flag('keypad_flag'),
      mouseStandard: flag('mouse_standard_flag'),
      mouseButton: flag('mouse_button_flag'),
      mouseAll: flag('mouse_all_flag'),
      mouseSgr: flag('mouse_sgr_flag'),
      mouseUtf8: flag('mouse_utf8_flag'),
      scrollRegion: [upper, lower],
      title: fields.slice(NUMBERS.length + TERMINAL_MODES.length).join('\t'),
    },
  };
}
