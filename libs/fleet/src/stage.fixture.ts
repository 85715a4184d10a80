import { randomUUID } from 'node:crypto';
import xterm from '@xterm/headless';
import { edgeId, FakeClock, participantId, type Account, type Clock, type Role } from '#kernel';
import { HostSecrets, ReconnectionSigner, type Identity } from '#access';
import type { PublicKey } from '#keys';
import {
  type HostConnection,
  silentObserver,
  type SessionObserver,
  type HostLink,
  type JoinerSink,
  type SeatEnding,
  type SessionStatus,
  type Seat,
  type SessionHook,
} from '#session';
import { MemoryDirectory, type Directory } from '#directory';
import { BusRelay, MemoryBus, type Bus } from '#relay';
import { encodeHostMessage, type HostMessage, type Layout, type ServerMessage } from '#tmate-protocol';
import type { Backplane } from './backplanes.js';
import type { HostFaults, LockedPeople, OperatorDemands, SessionLimits, SignedOutPeople } from './edge-deps.js';
import { EdgeSessions } from './edge-sessions.js';
import type { NameAuthority } from './name-claims.js';

const encoder = new TextEncoder();

/** A host made of messages: what it was sent, and a way to send something. */
export class FakeHost implements HostLink {
  readonly address = '192.0.2.1';
  readonly sent: ServerMessage[] = [];
  /** Bytes of each waking. */
  readonly woken: number[] = [];
  closed = false;
  /** Bytes that it has not read. */
  backlog = 0;
  readonly connection: HostConnection;

  constructor(
    sessions: EdgeSessions,
    /** The fingerprint of its SSH key, where it has shown one. */
    readonly key?: string,
  ) {
    this.connection = sessions.acceptHost(this);
  }

  send(messages: readonly ServerMessage[]): void {
    this.sent.push(...messages);
  }

  wake(bytes: number): void {
    this.woken.push(bytes);
  }

  close(): void {
    this.closed = true;
  }

  /** Whether it answers when it is asked for a sign of life. */
  alive = true;

  async isAlive(): Promise<boolean> {
    return this.alive && !this.closed;
  }

  #unanswered: (() => void)[] = [];

  /** Answers at once while it is alive; else when it `answers`. */
  acknowledge(answered: (arrived: boolean) => void): void {
    if (this.closed) answered(false);
    else if (this.alive) answered(true);
    else this.#unanswered.push(() => answered(true));
  }

  /** It lives again, and answers what it was asked. */
  answers(): void {
    this.alive = true;
    for (const answer of this.#unanswered.splice(0)) answer();
  }

  say(...messages: HostMessage[]): void {
    for (const message of messages) this.connection.data(encodeHostMessage(message));
  }

  /** Output of a pane's program. */
  print(text: string, paneId = 0): void {
    this.say({ type: 'pty-data', paneId, data: encoder.encode(text) });
  }

  /** What SET_ENV gave the host. */
  env(name: string): string | undefined {
    const set = this.sent.findLast((message) => message.type === 'set-env' && message.name === name);
    return set?.type === 'set-env' ? set.value : undefined;
  }

  get notices(): string[] {
    return this.sent.flatMap((message) => (message.type === 'notify' ? [message.text] : []));
  }

  /** Characters typed into the active pane since the last look, and commands. */
  takeInput(): string[] {
    const taken = this.sent.flatMap((message) => {
      if (message.type === 'pane-key') return [String.fromCodePoint(message.key)];
      return message.type === 'exec-cmd' ? [message.args.join(' ')] : [];
    });
    this.sent.length = 0;
    return taken;
  }

  get lastResize(): [number, number] | undefined {
    const resize = this.sent.findLast((message) => message.type === 'resize');
    return resize && [resize.cols, resize.rows];
  }
}

/** A joiner's terminal: what a real one would show of the bytes that it got. */
export class FakeTerminal implements JoinerSink {
  readonly #terminal;
  #onReady: () => void = () => undefined;
  ready = true;
  /** It reads nothing more: what it is sent waits. */
  stalls = false;
  held = 0;
  writes = 0;
  bytes = 0;
  ending: SeatEnding | undefined;
  seat!: Seat;
  /** How the session is, as it was told last. */
  said: SessionStatus | undefined;
  /** What OSC 52 put into it last. */
  clipboard: string | undefined;
  title = '';
  bells = 0;
  /** OSC 12; undefined is the terminal's own. */
  cursorColour: string | undefined;
  readonly #on = new Set<number>();

  constructor(cols: number, rows: number) {
    this.#terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
    this.#terminal.onTitleChange((title) => (this.title = title));
    this.#terminal.onBell(() => (this.bells += 1));
    const { parser } = this.#terminal;
    parser.registerOscHandler(52, (data) => {
      this.clipboard = Buffer.from(data.slice(data.indexOf(';') + 1), 'base64').toString();
      return true;
    });
    parser.registerOscHandler(12, (data) => ((this.cursorColour = data), true));
    parser.registerOscHandler(112, () => ((this.cursorColour = undefined), true));
    for (const final of ['h', 'l']) {
      parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        for (const mode of params.flat()) {
          if (final === 'h') this.#on.add(mode);
          else this.#on.delete(mode);
        }
        return false;
      });
    }
  }

  write(data: Uint8Array): void {
    this.writes += 1;
    this.bytes += data.length;
    if (this.stalls) {
      this.ready = false;
      this.held += data.length;
    }
    // The public `write` is done a timer tick later; a test looks at once.
    const core = (this.#terminal as unknown as { _core: { writeSync(data: Uint8Array): void } })._core;
    core.writeSync(data);
  }

  status(status: SessionStatus): void {
    this.said = status;
  }

  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  end(ending: SeatEnding, last: Uint8Array): void {
    this.write(last);
    this.ending = ending;
  }

  becomeReady(): void {
    this.stalls = false;
    this.held = 0;
    this.ready = true;
    this.#onReady();
  }

  type(text: string): void {
    this.seat.input(encoder.encode(text));
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
    this.seat.resize({ cols, rows });
  }

  line(y: number): string {
    const buffer = this.#terminal.buffer.active;
    return (
      buffer
        .getLine(buffer.baseY + y)
        ?.translateToString(true)
        .trimEnd() ?? ''
    );
  }

  get cursorHidden(): boolean {
    const core = (this.#terminal as unknown as { _core: { coreService: { isCursorHidden: boolean } } })._core;
    return core.coreService.isCursorHidden;
  }

  /** The colour of a cell's background, by its number. */
  background(y: number, x: number): number {
    return this.#cell(y, x)?.getBgColor() ?? -1;
  }

  look(y: number, x: number): { italic: boolean; inverse: boolean } {
    const cell = this.#cell(y, x);
    return { italic: cell?.isItalic() !== 0, inverse: cell?.isInverse() !== 0 };
  }

  #cell(y: number, x: number) {
    const buffer = this.#terminal.buffer.active;
    return buffer.getLine(buffer.baseY + y)?.getCell(x);
  }

  get lines(): string[] {
    return Array.from({ length: this.#terminal.rows }, (_, y) => this.line(y));
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Modes that were asked for. */
  get modes(): { mouse: string; sgrMouse: boolean; focus: boolean; keypad: boolean; cursorKeys: boolean } {
    const { mouseTrackingMode, sendFocusMode, applicationKeypadMode, applicationCursorKeysMode } = this.#terminal.modes;
    return {
      mouse: mouseTrackingMode,
      sgrMouse: this.#on.has(1006),
      focus: sendFocusMode,
      keypad: applicationKeypadMode,
      cursorKeys: applicationCursorKeysMode,
    };
  }

  /** What has the background of `mode-style`, line by line, without the copy mode's position. */
  get selected(): string[] {
    const buffer = this.#terminal.buffer.active;
    const found: string[] = [];
    for (let y = 0; y < this.#terminal.rows; y++) {
      const line = buffer.getLine(buffer.baseY + y);
      let text = '';
      for (let x = 0; x < this.#terminal.cols; x++) {
        const cell = line?.getCell(x);
        if (cell?.isBgPalette() === true && cell.getBgColor() === 3) text += cell.getChars() || ' ';
      }
      const marked = text.replace(/\[\d+\/\d+\]$/, '').trimEnd();
      if (marked !== '') found.push(marked);
    }
    return found;
  }

  get alternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }
}

export interface StageOptions {
  readonly hostGraceMs?: number;
  readonly directory?: Directory;
  readonly region?: string;
  readonly clock?: FakeClock;
  /** As this edge sees it, if it is not `clock`. */
  readonly ownClock?: Clock;
  readonly bus?: Bus;
  readonly regions?: readonly Backplane[];
  readonly names?: NameAuthority;
  readonly limits?: SessionLimits;
  readonly ledger?: Account;
  readonly hostFaults?: HostFaults;
  readonly operator?: OperatorDemands;
  readonly locks?: LockedPeople;
  readonly signOuts?: SignedOutPeople;
  readonly sendsHooks?: boolean;
  readonly hasRoom?: () => void;
  /** Hears of sessions that a fault ended; without it they fail the test. */
  readonly sessionFault?: SessionObserver['sessionFault'];
  /** Hears of faults; without it they fail the test. */
  readonly failed?: SessionObserver['failed'];
}

export interface HostOptions {
  readonly before?: readonly HostMessage[];
  readonly reconnect?: string;
  readonly protocolVersion?: number;
  readonly nodename?: string;
  /** The fingerprint of its SSH key, where it has shown one. */
  readonly key?: string;
}

/** As all edges of a fleet have them. */
export const hostSecrets = new HostSecrets('0123456789abcdef0123456789abcdef');

/** An edge with a directory in memory and time that stands still. */
export class Stage {
  readonly clock: FakeClock;
  readonly directory: Directory;
  readonly sessions: EdgeSessions;
  /** Calls of the observer, in a word each. */
  readonly told: string[] = [];
  /** What became of names, rights, and those who asked to be let in. */
  readonly noted: string[] = [];
  /** Why sessions have ended, by its word. */
  readonly ended: string[] = [];
  /** What its homes told for webhooks. */
  readonly hooks: SessionHook[] = [];

  constructor(options: StageOptions = {}) {
    this.clock = options.clock ?? new FakeClock();
    const clock = options.ownClock ?? this.clock;
    this.directory = options.directory ?? new MemoryDirectory(this.clock);
    this.sessions = new EdgeSessions({
      edgeId: edgeId(randomUUID()),
      region: options.region ?? 'local',
      addresses: { sshHost: 'localhost', sshPort: 2222, webUrl: '' },
      clock,
      directory: this.directory,
      relay: new BusRelay(options.bus ?? new MemoryBus(), clock),
      ...(options.regions === undefined ? {} : { regions: options.regions }),
      ...(options.names === undefined ? {} : { names: options.names }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
      ...(options.hostFaults === undefined ? {} : { faults: options.hostFaults }),
      ...(options.hasRoom === undefined ? {} : { hasRoom: options.hasRoom }),
      ...(options.locks === undefined ? {} : { locks: options.locks }),
      ...(options.signOuts === undefined ? {} : { signOuts: options.signOuts }),
      ...(options.operator === undefined ? {} : { operator: options.operator }),
      signer: new ReconnectionSigner('0123456789abcdef0123456789abcdef'),
      observer: {
        ...silentObserver,
        joined: (_, __, route) => void this.told.push(`joined ${route}`),
        sessionClosed: (_, why) => void this.ended.push(why),
        tookOver: () => void this.told.push('tookOver'),
        leaseLost: () => void this.told.push('leaseLost'),
        hostGone: (_, why) => void this.told.push(`hostGone ${why}`),
        asked: (_, { transport, key = 'no key' }) => void this.noted.push(`asked ${transport} ${key}`),
        decided: (_, __, { decision, by }) => void this.noted.push(`${decision} by ${by}`),
        rightsChanged: (_, changed) => void this.noted.push(`rights ${JSON.stringify(changed)}`),
        sentAway: (_, { value, may }) => void this.noted.push(`sent away ${value} ${may}`),
        lifted: (_, { value, may }) => void this.noted.push(`lifted ${value} ${may}`),
        tokensReplaced: () => void this.noted.push('tokens replaced'),
        paused: (_, paused) => void this.noted.push(paused ? 'paused' : 'resumed'),
        locked: (_, lock, by) =>
          void this.noted.push(`lock ${lock ?? 'off'} by ${by === undefined ? 'the host' : 'a mate'}`),
        seatLock: (_, __, change) => void this.noted.push(`seat ${Object.values(change).join(' ')}`),
        nameChanged: (_, change, name) => void this.noted.push(`${change} ${name}`),
        sessionOpened: (_, { key = 'no key', rights }) =>
          void this.noted.push(
            ...(Object.keys(rights).length === 0 ? [] : [`opened ${key} ${JSON.stringify(rights)}`]),
          ),
        sessionFault:
          options.sessionFault ??
          ((_, { what, error }) => {
            throw new Error(what, { cause: error });
          }),
        failed:
          options.failed ??
          ((what, error) => {
            throw new Error(what, { cause: error });
          }),
      },
      commands: {
        ssh: (token) => `ssh -p2222 ${token}@localhost`,
        hostPage: (session) => `https://localhost/host#${hostSecrets.of(session)}`,
        decide: (secret) => `https://localhost/decide#${secret}`,
      },
      onHook: (hook) => void this.hooks.push(hook),
      ...(options.sendsHooks === undefined ? {} : { sendsHooks: options.sendsHooks }),
      hostGraceMs: options.hostGraceMs ?? 600_000,
      requireAuthorizedKeys: false,
    });
  }

  /** A host that has said all it says before it shows anything: one window with one pane, 80x23. */
  async host({
    before = [],
    reconnect,
    protocolVersion = 6,
    nodename = 'vm',
    key,
  }: HostOptions = {}): Promise<FakeHost> {
    const host = new FakeHost(this.sessions, key);
    host.say(
      { type: 'header', protocolVersion, clientVersion: '2.4.0' },
      ...(reconnect === undefined ? [] : [{ type: 'reconnect', data: reconnect } as const]),
      ...before,
      { type: 'uname', sysname: 'Linux', nodename, release: '6', version: '1', machine: 'x86_64' },
      { type: 'ready' },
      { type: 'sync-layout', layout: onePane(80, 23) },
    );
    for (let turn = 0; turn < 60 && host.env('tmate_ssh') === undefined; turn++) await Promise.resolve();
    // The connection has its session some turns after the host was told; what a socket says next comes later still.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    return host;
  }

  /** Joins by the command that the host was given. */
  async join(
    host: FakeHost,
    role: Role = 'writer',
    cols = 80,
    rows = 24,
    term = 'xterm-256color',
    key?: string | PublicKey,
    identity?: Identity,
  ): Promise<FakeTerminal> {
    const command = host.env(role === 'writer' ? 'tmate_ssh' : 'tmate_ssh_ro') ?? '';
    const token = /(\S+)@/.exec(command)?.[1] ?? '';
    const target = await this.sessions.find(token);
    if (target.kind !== 'session') throw new Error(`the token leads to: ${target.kind}`);
    const terminal = new FakeTerminal(cols, rows);
    terminal.seat = await target.join(
      {
        id: participantId(randomUUID()),
        role: target.role,
        proofs: {
          transport: 'ssh',
          address: '192.0.2.9',
          keys: key === undefined ? [] : [typeof key === 'string' ? proven(key) : key],
          identity,
        },
      },
      { cols, rows, term, colorTerm: undefined, utf8: true },
      terminal,
    );
    return terminal;
  }
}

/** A key that somebody has proved to hold, by its fingerprint. */
const proven = (fingerprint: string): PublicKey => ({
  type: 'ssh-ed25519',
  fingerprint,
  blob: encoder.encode(fingerprint),
});

/** A layout of one window with one pane. */
export function onePane(cols: number, rows: number): Layout {
  return {
    cols,
    rows,
    activeWindow: 0,
    windows: [{ index: 0, name: 'bash', panes: [{ paneId: 0, cols, rows, x: 0, y: 0 }], activePane: 0 }],
  };
}
