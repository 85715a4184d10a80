import { encodeHostMessage, type HostMessage, type Layout, type ServerMessage } from '#tmate-protocol';
import type { HostConnection, HostLink } from '#session';
import { Pipe } from './pipe.js';
import type { SimEdge } from './edge.js';
import type { SimWorld } from './world.js';

/** A stock client tries again so long after it lost its connection, or after an attempt failed. */
const RETRY_MS = 2_000;
/** How long it waits for a server that does not answer. */
const CONNECT_MS = 10_000;
/** After so long without a sign of life each side takes the other for lost. */
export const KEEPALIVE_MS = 60_000;
const HOST_KEEPALIVE_MS = 65_000;
/** How long a server waits for the answer to its question whether a host lives. */
const ANSWER_MS = 2_500;
const TICK_MS = 5_000;
export const COLS = 40;
export const ROWS = 7;

const encoder = new TextEncoder();

/** Something that was typed and reached the host. */
export interface Received {
  readonly char: number;
  readonly atMs: number;
}

/** A host's connection, as the edge has it. */
export class SimHostLink implements HostLink {
  readonly address = '192.0.2.1';
  readonly backlog = 0;
  readonly toHost: Pipe;
  readonly toServer: Pipe;
  connection: HostConnection | undefined;
  /** The edge has given it a session. */
  open = false;
  /** The edge has ended it. */
  ended = false;

  constructor(
    private readonly world: SimWorld,
    private readonly host: SimHost,
    readonly edge: SimEdge,
  ) {
    this.toHost = new Pipe(world.time, world.dice);
    this.toServer = new Pipe(world.time, world.dice);
  }

  /** Whether bytes pass both ways to an edge that runs, until one side ends it. */
  get passes(): boolean {
    const { dead, paused } = this.edge.process;
    return !this.toHost.blocked && !this.toServer.blocked && !dead && !paused;
  }

  /** Whether bytes pass. */
  get works(): boolean {
    return this.passes && !this.ended;
  }

  send(messages: readonly ServerMessage[]): void {
    if (!this.ended) this.toHost.send(() => this.host.receive(this, messages));
  }

  wake(): void {
    // Nothing that a host would notice.
  }

  close(): void {
    if (this.ended) return;
    this.world.trace(() => `${this.world.nameOf(this.edge)} closes the connection of ${this.host.name}`);
    this.ended = true;
    this.toHost.send(() => this.host.lost(this));
    this.edge.process.after(0, () => this.connection?.closed());
  }

  acknowledge(answered: (arrived: boolean) => void): void {
    this.toHost.send(() => {
      if (this.host.link !== this) return;
      this.toServer.send(() => this.edge.process.deliver(() => answered(true)));
    });
  }

  async isAlive(): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const late = this.edge.process.after(ANSWER_MS, () => resolve(false));
      this.toHost.send(() => {
        if (this.host.link !== this) return;
        this.toServer.send(() => {
          this.edge.process.deliver(() => {
            late.cancel();
            resolve(true);
          });
        });
      });
    });
  }

  /** The edge finds that the host is gone. */
  lost(): void {
    this.world.trace(() => `${this.world.nameOf(this.edge)} has lost ${this.host.name}`);
    this.edge.process.deliver(() => {
      this.ended = true;
      this.connection?.closed();
    });
    // The edge ends the connection: the host hears of it, if anything of it still reaches it.
    this.toHost.send(() => this.host.lost(this));
  }

  /** Bytes do not pass in a direction, until `unblock`. */
  block(direction: 'to-host' | 'to-server' | 'both'): void {
    if (direction !== 'to-server') this.toHost.block();
    if (direction !== 'to-host') this.toServer.block();
    // Neither hears the other's answers, whichever direction it is.
    this.world.time.after(KEEPALIVE_MS, () => {
      if ((this.toHost.blocked || this.toServer.blocked) && !this.ended) this.lost();
    });
    this.world.time.after(HOST_KEEPALIVE_MS, () => {
      if (this.toHost.blocked || this.toServer.blocked) this.host.lost(this);
    });
  }

  unblock(): void {
    this.toHost.unblock();
    this.toServer.unblock();
  }
}

/** A host: a stock client with one pane that says how often it has changed. */
export class SimHost {
  link: SimHostLink | undefined;
  /** It wants its session. */
  wants = true;
  endedSilently = false;
  /** It has a network. */
  online = true;
  readonly received: Received[] = [];
  #reconnection: string | undefined;
  #connecting = false;
  /** Where it looks for a server, where it has to look. */
  region: string | undefined;
  #last: SimEdge | undefined;
  #version = 0;
  readonly #since: number[] = [0];
  /** What joiners give to join it: a name, where it has one. */
  readonly tokens = { writer: '', reader: '' };
  /** The last moment at which it had its session by a connection that works. */
  servedMs = -Infinity;
  /** Until when an edge may take a connection for alive that the host has left. */
  halfOpenMs = 0;

  constructor(
    private readonly world: SimWorld,
    readonly name: string,
    /** It asks for a name. */
    readonly named: boolean,
  ) {}

  start(edge: SimEdge): void {
    this.#last = edge;
    this.#connect();
    this.#tick();
  }

  get version(): number {
    return this.#version;
  }

  /** Since when the screen has shown `version`. */
  sinceMs(version: number): number {
    return this.#since[version] ?? this.world.time.nowMs;
  }

  /** Line by line what its pane shows. */
  get lines(): readonly string[] {
    return [`v${this.#version}`, `k${this.received.length}`];
  }

  /** Something changes on its screen. */
  change(): void {
    this.#version += 1;
    this.#since.push(this.world.time.nowMs);
    const [first, second] = this.lines;
    this.#say({ type: 'pty-data', paneId: 0, data: encoder.encode(`\x1b[1;1H${first}\x1b[K\x1b[2;1H${second}\x1b[K`) });
  }

  receive(link: SimHostLink, messages: readonly ServerMessage[]): void {
    if (link !== this.link) return;
    let typed = false;
    for (const message of messages) {
      if (message.type === 'notify') this.world.trace(() => `${this.name} reads: ${message.text}`);
      if (message.type === 'pane-key') {
        this.received.push({ char: message.key, atMs: this.world.time.nowMs });
        this.world.judge.arrived(this, message.key);
        typed = true;
      } else if (message.type === 'set-env') this.#environment(message.name, message.value);
      else if (message.type === 'resize' && message.cols > 0) this.#say({ type: 'sync-layout', layout: LAYOUT });
    }
    if (typed) this.change();
  }

  /** The connection is gone, and the host knows it. */
  lost(link: SimHostLink): void {
    if (link !== this.link) return;
    link.toHost.drop();
    this.link = undefined;
    this.world.trace(() => `${this.name} has lost its connection to ${this.world.nameOf(link.edge)}`);
    this.#retry();
  }

  /** The connection breaks, and both know it. */
  reset(): void {
    const { link } = this;
    if (link === undefined) return;
    link.toServer.send(() => link.lost());
    this.lost(link);
  }

  /** Leaves its connection behind: the edge is not told. */
  abandon(): void {
    const { link } = this;
    if (link === undefined) return;
    link.block('both');
    this.halfOpenMs = this.world.time.nowMs + KEEPALIVE_MS + 10_000;
    link.toHost.drop();
    link.toServer.drop();
    this.lost(link);
  }

  /** Goes to another network, near another region; `silently`, its old connection looks alive to the edge. */
  move(region: string, silently: boolean): void {
    this.region = region;
    this.#last = undefined;
    if (silently) this.abandon();
    else this.reset();
  }

  /** It crashes, with all it knew, and begins a new session with the same key; `silently`, its connection looks alive. */
  restart(silently: boolean): void {
    this.#reconnection = undefined;
    this.tokens.writer = this.tokens.reader = '';
    this.world.judge.restarted(this);
    if (silently) this.abandon();
    else this.reset();
  }

  /** Whether it has the name that it asks for, if it asks for one. */
  get hasItsName(): boolean {
    return !this.named || this.tokens.writer.endsWith(`/${this.name}`);
  }

  /** Ends its session for good. */
  fin(): void {
    this.wants = false;
    // Without a connection it just ends, and nobody hears of it before the grace is over.
    this.endedSilently = this.link?.works !== true || !this.link.open;
    this.#say({ type: 'fin' });
  }

  #say(...messages: HostMessage[]): void {
    const { link } = this;
    if (link === undefined) return;
    const bytes = messages.map((message) => encodeHostMessage(message));
    link.toServer.send(() => link.edge.process.deliver(() => bytes.forEach((one) => link.connection?.data(one))));
  }

  get #request(): HostMessage[] {
    return [
      { type: 'exec-cmd', args: ['set-option', '-g', 'tmate-api-key', 'key'] },
      { type: 'exec-cmd', args: ['set-option', '-g', 'tmate-session-name', this.name] },
    ];
  }

  #environment(name: string, value: string): void {
    if (name === 'tmate_reconnection_data') this.#reconnection = value;
    const role = { tmate_ssh: 'writer', tmate_ssh_ro: 'reader' }[name] as 'writer' | 'reader' | undefined;
    const token = role === undefined ? undefined : /(\S+)@/.exec(value)?.[1];
    if (role !== undefined && token !== undefined) this.tokens[role] = token;
  }

  #tick(): void {
    this.world.time.after(TICK_MS + this.world.dice.roll(1000), () => {
      if (!this.wants) return;
      this.change();
      this.#tick();
    });
  }

  #retry(): void {
    if (this.#connecting || !this.wants) return;
    this.#connecting = true;
    this.world.time.after(RETRY_MS, () => {
      this.#connecting = false;
      if (this.link === undefined && this.wants) this.#connect();
    });
  }

  /** First where it was, then wherever there is a server. */
  #connect(): void {
    const edge = this.#last?.accepts === true ? this.#last : this.world.anyEdge(this.region);
    this.#last = undefined;
    if (!this.online || edge === undefined || !edge.accepts) return this.#retry();
    if (edge.process.paused) {
      this.#connecting = true;
      this.world.time.after(CONNECT_MS, () => {
        this.#connecting = false;
        this.#retry();
      });
      return;
    }
    this.world.trace(() => `${this.name} connects to ${this.world.nameOf(edge)}`);
    const link = new SimHostLink(this.world, this, edge);
    this.link = link;
    this.#last = edge;
    edge.accept(link);
    const { lines } = this;
    const screen = {
      cursorX: 0,
      cursorY: 2,
      lines: lines.map((text) => ({ text, cells: Uint32Array.from(text, () => 0x0808) })),
    };
    this.#say(
      { type: 'header', protocolVersion: 6, clientVersion: '2.4.0' },
      ...(this.#reconnection === undefined ? [] : [{ type: 'reconnect', data: this.#reconnection } as const]),
      ...(this.named ? this.#request : []),
      { type: 'uname', sysname: 'Linux', nodename: 'vm', release: '6', version: '1', machine: 'x86_64' },
      { type: 'ready' },
      { type: 'sync-layout', layout: LAYOUT },
      { type: 'status', left: '[0] ', right: '"vm"' },
    );
    if (this.#reconnection !== undefined) {
      this.#say({ type: 'snapshot', panes: [{ paneId: 0, mode: 1, screen, saved: undefined }] });
    } else this.change();
  }
}

const LAYOUT: Layout = {
  cols: COLS,
  rows: ROWS,
  activeWindow: 0,
  windows: [{ index: 0, name: 'sh', panes: [{ paneId: 0, cols: COLS, rows: ROWS, x: 0, y: 0 }], activePane: 0 }],
};
