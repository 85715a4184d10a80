import { Redis } from 'ioredis';

/** One change of what a name's key holds, at Redis' own time. */
interface Change {
  /** In seconds, by Redis' clock, with a fraction. */
  readonly at: number;
  readonly name: string;
  /** The session; undefined: nobody. */
  readonly holder: string | undefined;
}

/** A time in which somebody held a name. */
export interface Holding {
  readonly name: string;
  readonly holder: string;
  readonly from: number;
  /** Undefined: at the end of the history. */
  readonly until: number | undefined;
}

const KEY = 'shipmate:name:';
const SESSION = 'shipmate:session:';

/** Who held which name when, from every command that Redis ran, in its order and at its time: the history of a run. */
export class NameHistory {
  readonly #changes: Change[] = [];
  readonly #closed = new Map<string, number>();

  private constructor(
    private readonly monitor: Redis,
    private readonly redis: Redis,
  ) {}

  static async watch(url: string): Promise<NameHistory> {
    const redis = new Redis(url);
    const monitor = await redis.monitor();
    const history = new NameHistory(monitor, redis);
    monitor.on('monitor', (time: string, args: readonly string[]) => history.#note(Number(time), args));
    return history;
  }

  /** Waits until everything that Redis has run so far was noted. */
  async settle(): Promise<void> {
    const mark = `settled-${Math.random()}`;
    const noted = new Promise<void>((resolve) => {
      const look = (_: string, args: readonly string[]): void => {
        if (!args.includes(mark)) return;
        this.monitor.off('monitor', look);
        resolve();
      };
      this.monitor.on('monitor', look);
    });
    await this.redis.echo(mark);
    await noted;
  }

  get holdings(): readonly Holding[] {
    const holdings: Holding[] = [];
    const last = new Map<string, Change>();
    for (const change of this.#changes) {
      const before = last.get(change.name);
      last.set(change.name, change);
      if (before?.holder === change.holder) {
        last.set(change.name, before ?? change);
        continue;
      }
      if (before?.holder !== undefined) {
        holdings.push({ name: before.name, holder: before.holder, from: before.at, until: change.at });
      }
    }
    for (const { name, holder, at } of last.values()) {
      if (holder !== undefined) holdings.push({ name, holder, from: at, until: undefined });
    }
    return holdings;
  }

  /** What went wrong: a name that passed to another while its holder's session went on, or that was lost by it. */
  get faults(): readonly string[] {
    return this.holdings.flatMap(({ name, holder, until }) => {
      const closed = this.#closed.get(holder);
      if (until === undefined || (closed !== undefined && closed <= until)) return [];
      return [`${name} was taken from ${holder} at ${until}, which went on`];
    });
  }

  stop(): void {
    this.monitor.disconnect();
    this.redis.disconnect();
  }

  #note(at: number, [command = '', key = '', ...rest]: readonly string[]): void {
    const verb = command.toLowerCase();
    if (key.startsWith(KEY) && (verb === 'set' || verb === 'del')) {
      const holder = verb === 'set' ? rest[0]?.split(' ').at(-1) : undefined;
      this.#changes.push({ at, name: key.slice(KEY.length), holder });
    }
    if (key.startsWith(SESSION) && verb === 'hset' && rest.includes('closedAt')) {
      this.#closed.set(key.slice(SESSION.length), at);
    }
  }
}
