import { FakeClock, ShipmateError, type Clock, type Disposable, type Timer } from '#kernel';
import { MemoryDirectory, type Directory } from '#directory';
import { MemoryBus, type Bus, type BusListener } from '#relay';
import type { HostMessage } from '#tmate-protocol';
import { Stage, type FakeHost, type FakeTerminal, type StageOptions } from './stage.fixture.js';

export { Locks, Operator, Outs } from './operator.fixture.js';

/** One edge's connection to what the fleet shares, and everything that can go wrong with it. */
export class EdgeFaults implements Bus {
  /** The process is suspended: its timers and incoming messages wait. */
  #paused = false;
  #pending: (() => void)[] = [];
  /** The backplane cannot be reached. */
  away = false;
  /** Decides whether a message is counted as received but does not reach this edge. */
  loses: (channel: string) => boolean = () => false;
  readonly #listeners = new Set<BusListener>();
  readonly #subscriptions = new Set<Disposable>();
  published = 0;
  publishedBytes = 0;
  /** How long a publication takes, in ms; and how many bytes have not been answered yet. */
  publishMs = 0;
  waitingBytes = 0;
  readonly clock: Clock;

  constructor(
    private readonly bus: MemoryBus,
    clock: FakeClock,
  ) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (ms, run): Timer => {
        let cancelled = false;
        const timer = clock.after(ms, () => this.#do(() => void (cancelled || run())));
        return {
          cancel: () => {
            cancelled = true;
            timer.cancel();
          },
        };
      },
    };
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    if (this.away) throw new ShipmateError('unavailable', 'the bus is away');
    this.published += 1;
    this.publishedBytes += bytes.length;
    if (this.publishMs > 0) {
      this.waitingBytes += bytes.length;
      await new Promise<void>((resolve) => this.clock.after(this.publishMs, resolve));
      this.waitingBytes -= bytes.length;
    }
    return await this.bus.publish(channel, bytes);
  }

  async subscribe(channel: string, listener: BusListener): Promise<Disposable> {
    if (this.away) throw new ShipmateError('unavailable', 'the bus is away');
    this.#listeners.add(listener);
    const subscription = await this.bus.subscribe(channel, {
      message: (bytes) => {
        if (!this.away && !this.loses(channel)) this.#do(() => listener.message(bytes));
      },
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Messages were lost just before the next one that this edge gets. */
  interrupt(): void {
    for (const listener of this.#listeners) listener.interrupted?.();
  }

  /** Its subscriptions are lost with its connection, as when the process dies. */
  leave(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#subscriptions.clear();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const run of this.#pending.splice(0)) run();
  }

  #do(run: () => void): void {
    if (this.#paused) this.#pending.push(run);
    else run();
  }
}

export interface FleetEdge {
  readonly stage: Stage;
  readonly faults: EdgeFaults;
}

/** Some edges in one process, on one backplane in memory and one clock. */
export class Fleet {
  readonly clock = new FakeClock();
  readonly bus = new MemoryBus();
  directory: Directory = new MemoryDirectory(this.clock);
  readonly edges: FleetEdge[] = [];
  /** Faults that edges reported. */
  readonly faults: string[] = [];

  directoryAway = false;
  readonly #shared = this.shared(
    () => this.directory,
    () => this.directoryAway,
  );

  /** A directory as edges see it: it can be replaced by another one, or be unavailable. */
  shared(now: () => Directory, isAway: () => boolean): Directory {
    return new Proxy({} as Directory, {
      get: (_, name: keyof Directory) => {
        return async (...args: unknown[]) => {
          await Promise.resolve();
          if (isAway()) throw new ShipmateError('unavailable', 'the directory is away');
          return await (Reflect.apply(now()[name], now(), args) as Promise<unknown>);
        };
      },
    });
  }

  static async start(count = 3, options: StageOptions = {}): Promise<Fleet> {
    const fleet = new Fleet();
    for (let n = 0; n < count; n++) await fleet.add(options);
    return fleet;
  }

  async add(options: StageOptions = {}): Promise<FleetEdge> {
    const faults = new EdgeFaults(this.bus, this.clock);
    const stage = new Stage({
      clock: this.clock,
      ownClock: faults.clock,
      directory: this.#shared,
      bus: faults,
      failed: (what, error) => this.faults.push(`${what}: ${String(error)}`),
      ...options,
    });
    await stage.sessions.start();
    const edge = { stage, faults };
    this.edges.push(edge);
    return edge;
  }

  edge(n: number): FleetEdge {
    const edge = this.edges[n];
    if (edge === undefined) throw new Error(`there is no edge ${n}`);
    return edge;
  }

  /** Lets everything that is due happen, for `ms`, in small steps. */
  async pass(ms = 0, stepMs = 10): Promise<void> {
    await settle();
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left));
      await settle();
    }
  }

  /** Joins at edge `n` with the command that the host got. */
  async join(
    n: number,
    host: FakeHost,
    ...rest: Parameters<Stage['join']> extends [unknown, ...infer R] ? R : never
  ): Promise<FakeTerminal> {
    const joining = this.edge(n).stage.join(host, ...rest);
    const state = { done: false };
    const finish = (): void => void (state.done = true);
    void joining.then(finish, finish);
    for (let turn = 0; turn < 1000 && !state.done; turn++) await this.pass(10);
    return await joining;
  }

  /** How many subscriptions there are for the session's stream and input. */
  get channels(): number {
    return this.bus.channels;
  }
}

/** Lets pending promises finish. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** What a host says when its user runs `tmate set-option -g tmate-set PAIR`. */
export const tmateSet = (pair: string): HostMessage => ({
  type: 'exec-cmd',
  args: ['set-option', '-g', 'tmate-set', pair],
});

/** The token that writers join a host's session by. */
export const tokenOf = (host: FakeHost): string => /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';

/** A host with this data comes back; a stock one says after its layout what its panes hold. */
export async function comeBack(stage: Stage, data: string, text = ''): Promise<FakeHost> {
  const host = await stage.host({ reconnect: data });
  await settle();
  const cells = Uint32Array.from(text, () => 0x0909);
  const screen = { cursorX: text.length, cursorY: 0, lines: [{ text, cells }] };
  host.say({ type: 'snapshot', panes: [{ paneId: 0, mode: 1, screen, saved: undefined }] });
  return host;
}
