import { setTimeout as delay } from 'node:timers/promises';
import { PtyJoiner, SyntheticHost, SyntheticJoiner, until, type Stage } from '#testing';
import type { Fleet } from './fleet.fixture.js';

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
    this.#listen(host);
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

  #listen(host: SyntheticHost): void {
    host.onMessage(([type, , key]) => {
      if (type !== PANE_KEY) return;
      const letter = String.fromCharCode(Number(key));
      this.#typed += letter;
      host.output(letter);
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
    // What waited for it comes with the first word.
    this.#listen(host);
    host.introduce({ reconnect });
    const line = [this.#typed, Array.from(this.#typed, () => 0)];
    host.send([SNAPSHOT, [[0, 0, [this.#typed.length, 0, [line]], null]]]);
    await host.toReceive(([type]) => type === 5, 'READY');
    this.#host = host;
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

  /** The edge where it is, or looks for a place. */
  get at(): number {
    return this.edge;
  }

  get terminal(): Terminal {
    if (this.#terminal === undefined) throw new Error('this joiner is nowhere');
    return this.#terminal;
  }

  /** Waits until it sees something. */
  async toShow(text: string): Promise<void> {
    const shows = async (): Promise<boolean> => (await this.terminal.screen.text()).includes(text);
    try {
      await until(shows, { what: `a joiner at edge ${this.edge} to see ${text}`, deadlineMs: SEEK_MS, everyMs: 50 });
    } catch (error) {
      throw new Error(`it saw ${JSON.stringify((await this.#terminal?.screen.text())?.trim())}`, { cause: error });
    }
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

/** A session of a crowd. */
export interface Share {
  readonly token: string;
  readonly tokenNow: () => Promise<string>;
  readonly joiners: readonly ReturningJoiner[];
}

/** Hosts spread over the edges, stock ones first, each with two joiners at other edges than one another's; all have typed. */
export async function crowd(
  fleet: Fleet,
  stage: Stage,
  counts: { stock: number; synthetic: number },
): Promise<Share[]> {
  const { length } = fleet.edges;
  const shares: Share[] = [];
  for (let n = 0; n < counts.stock + counts.synthetic; n++) {
    fleet.prefer(n % length);
    const stock = n < counts.stock;
    const { token, tokenNow } = stock ? await stockHost(fleet) : await syntheticHost(fleet, stage);
    const joiners = [n % length, (n + 1) % length].map((edge, which) => {
      // An OpenSSH and a joiner on ssh2 for each stock host.
      const join = stock && which === 0 ? openSsh : synthetic;
      return new ReturningJoiner(async (at) => await join(fleet, at, token), edge, length);
    });
    shares.push({ token, tokenNow, joiners });
  }
  stage.onClear(async () => await Promise.all(shares.flatMap(({ joiners }) => joiners.map((one) => one.stop()))));
  for (const [n, { joiners }] of shares.entries()) {
    for (const joiner of joiners) await joiner.toShow('[0]');
    await joiners[0]?.terminal.type(`before-${n}.`);
    for (const joiner of joiners) await joiner.toShow(`before-${n}.`);
  }
  return shares;
}

async function stockHost(fleet: Fleet): Promise<Pick<Share, 'token' | 'tokenNow'>> {
  const { host, token } = await fleet.host();
  return { token, tokenNow: async () => await host.token() };
}

async function syntheticHost(fleet: Fleet, stage: Stage): Promise<Pick<Share, 'token' | 'tokenNow'>> {
  const host = await stage.add(ReturningHost.start(fleet.balancer.port));
  return { token: host.token, tokenNow: async () => await host.tokenNow() };
}

async function openSsh(fleet: Fleet, edge: number, token: string): Promise<PtyJoiner> {
  const joiner = await fleet.join(edge, token);
  await joiner.screen.toBe((text) => joiner.exit !== undefined || text.includes('[0]'), 'ssh to show a status line');
  if (joiner.exit === undefined) return joiner;
  await joiner.stop();
  throw new Error(`edge ${edge} took no joiner`);
}

async function synthetic(fleet: Fleet, edge: number, token: string): Promise<SyntheticJoiner> {
  return await SyntheticJoiner.start({ port: fleet.edge(edge).sshPort, token });
}
