import { setTimeout as delay } from 'node:timers/promises';
import { PtyJoiner, SyntheticHost, SyntheticJoiner, until } from '#testing';

const PANE_KEY = 6;
const SNAPSHOT = 11;
/** The stock client takes 2 s. */
const RETURN_MS = 500;
/** How long somebody looks for an edge that takes them. */
const SEEK_MS = 30_000;
/** Longer than any test. */
const FOR_EVER_MS = 600_000;

/** A host on ssh2 whose one program echoes what is typed. When it loses its server it comes back, as the stock client does. */
export class ReturningHost {
  #host: SyntheticHost;
  #typed = '';
  #stopped = false;
  /** How often it came back. */
  returns = 0;

  private constructor(
    private readonly port: number,
    host: SyntheticHost,
    readonly token: string,
  ) {
    this.#host = host;
    this.#listen();
    void this.#keep();
  }

  static async start(port: number): Promise<ReturningHost> {
    const host = await SyntheticHost.start({ port });
    return new ReturningHost(port, host, await host.token());
  }

  /** What the server says its token is now. */
  async tokenNow(): Promise<string> {
    return await this.#host.token();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#host.stop();
  }

  #listen(): void {
    this.#host.onMessage(([type, , key]) => {
      if (type !== PANE_KEY) return;
      const letter = String.fromCharCode(Number(key));
      this.#typed += letter;
      this.#host.output(letter);
    });
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      await this.#host.toClose(FOR_EVER_MS);
      const reconnect = this.#host.env.get('tmate_reconnection_data') ?? '';
      while (!this.#stopped) {
        await delay(RETURN_MS);
        if (await this.#comeBack(reconnect).catch(() => false)) break;
      }
    }
  }

  async #comeBack(reconnect: string): Promise<boolean> {
    const host = await SyntheticHost.connect({ port: this.port });
    if (this.#stopped) {
      await host.stop();
      return false;
    }
    host.introduce({ reconnect });
    const line = [this.#typed, Array.from(this.#typed, () => 0)];
    host.send([SNAPSHOT, [[0, 0, [this.#typed.length, 0, [line]], null]]]);
    await host.toReceive(([type]) => type === 5, 'READY');
    this.#host = host;
    this.#listen();
    this.returns += 1;
    return true;
  }
}

/** What a returning joiner sits at: OpenSSH, or ssh2. */
type Terminal = PtyJoiner | SyntheticJoiner;

/** How a joiner's stay at an edge ended. */
export interface Departure {
  readonly edge: number;
  readonly status: number | null | undefined;
}

/** A joiner that joins again, at another edge, when its own is gone. */
export class ReturningJoiner {
  /** The ends that its stays have had. */
  readonly departures: Departure[] = [];
  #terminal: Terminal | undefined;
  #stopped = false;
  readonly #over: Promise<void>;

  /** `join` gives a terminal at edge `n`, or fails when that takes nobody. */
  constructor(
    private readonly join: (n: number) => Promise<Terminal>,
    private edge: number,
    private readonly edges: number,
  ) {
    this.#over = this.#keep();
    // Who finds no edge is nowhere: whoever looks for its screen is told.
    this.#over.catch(() => undefined);
  }

  get terminal(): Terminal {
    if (this.#terminal === undefined) throw new Error('this joiner is nowhere');
    return this.#terminal;
  }

  /** Waits until it sees something. */
  async toShow(text: string): Promise<void> {
    const shows = async (): Promise<boolean> => (await this.terminal.screen.text()).includes(text);
    await until(shows, { what: `a joiner at edge ${this.edge} to see ${text}`, deadlineMs: SEEK_MS, everyMs: 50 });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#terminal?.stop();
    await this.#over.catch(() => undefined);
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      const terminal = await until(async () => (this.#stopped ? 'stopped' : await this.#seek()), {
        deadlineMs: SEEK_MS,
      });
      if (terminal === 'stopped') return;
      this.#terminal = terminal;
      if (this.#stopped) await terminal.stop();
      const { edge } = this;
      const status = await ended(terminal);
      if (this.#stopped) return;
      this.#terminal = undefined;
      this.departures.push({ edge, status });
      await terminal.stop();
    }
  }

  /** A terminal at the next edge that gives one. */
  async #seek(): Promise<Terminal> {
    if (this.departures.length > 0) this.edge = (this.edge + 1) % this.edges;
    return await this.join(this.edge);
  }
}

async function ended(terminal: Terminal): Promise<number | null | undefined> {
  if (terminal instanceof SyntheticJoiner) return await terminal.toClose(FOR_EVER_MS);
  return (await terminal.exited(FOR_EVER_MS)).status;
}
