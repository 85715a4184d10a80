import type { Clock } from './clock.js';
import { durationText } from './durations.js';
import { forgetOldest } from './forget-oldest.js';
import { ShipmateError } from './errors.js';
import {
  WORK_LIMITS,
  WORK_PRICES_MS,
  WORK_WINDOW_MS,
  type WorkKind,
  type WorkLimit,
  type WorkLimitName,
} from './work-limits.js';

/**
 * Addresses whose work is remembered, about 150 bytes each; beyond that, the one whose last work was the longest ago is
 * forgotten.
 */
const MAX_WORKING = 65_536;

const TEXTS: Readonly<Record<WorkLimit['of'], string>> = {
  connection: 'This connection makes the server compute too much',
  address: 'Your address makes the server compute too much',
  process: 'This server has too many logins at the moment',
};

/** A peer would exceed a limit on CPU time; nothing was computed or counted. The message may be shown to that peer. */
export class OverWork extends ShipmateError {
  constructor(
    readonly limit: WorkLimitName,
    /** When it would be allowed, in ms. */
    readonly retryAfterMs: number,
  ) {
    super(
      'limit',
      `${TEXTS[WORK_LIMITS[limit].of]}: try again in ${durationText(Math.ceil(retryAfterMs / 1000) * 1000)} (${limit})`,
    );
  }
}

/** An allowance of CPU time that refills evenly. */
class Allowance {
  #left: number;

  constructor(
    private readonly most: number,
    private atMs: number,
  ) {
    this.#left = most;
  }

  /** CPU time that may be spent now, in ms. */
  left(nowMs: number): number {
    this.#left = Math.min(this.most, this.#left + ((nowMs - this.atMs) * this.most) / WORK_WINDOW_MS);
    this.atMs = nowMs;
    return this.#left;
  }

  /** In how many ms it will allow `price`; 0 if it does now. */
  wait(price: number, nowMs: number): number {
    return Math.max(0, ((price - this.left(nowMs)) * WORK_WINDOW_MS) / this.most);
  }

  take(price: number): void {
    this.#left -= price;
  }
}

/** The limits' sizes, in ms. */
export type WorkSizes = Readonly<Record<WorkLimitName, number>>;

const STANDARD = Object.fromEntries(
  Object.entries(WORK_LIMITS).map(([name, { mostMs }]) => [name, mostMs]),
) as WorkSizes;

/** What counting work needs. */
export interface WorkDeps {
  readonly clock: Clock;
  /**
   * The key under which an address is counted; undefined if it stands for many people, so that no limit per address applies.
   * `announced`: a proxy announced it as its client's address.
   */
  readonly source: (address: string, announced: boolean) => string | undefined;
  /** A limit was reached. */
  readonly reached?: (limit: WorkLimitName, address: string) => void;
  /** Something was computed. */
  readonly spent?: (kind: WorkKind, ms: number) => void;
  /** For tests: other sizes. */
  readonly sizes?: Partial<WorkSizes>;
}

/** A connection that causes work. */
interface Spender {
  readonly own: Allowance;
  /** Whether it has a session. */
  readonly hasSession: boolean;
  /** Whether a proxy announced its address. */
  readonly announced: boolean;
  /** When it last caused work. */
  lastMs: number;
}

/** A limit per address or process, and the address to look it up for. */
interface Counted {
  readonly name: WorkLimitName;
  readonly of: 'address' | 'process';
  readonly address: string;
  readonly announced: boolean;
}

/** The CPU time that peers make a process spend, by kind: counted, by a price list, before it is spent. */
export class Work {
  readonly #sizes: WorkSizes;
  /** By limit, for the process. */
  readonly #process = new Map<WorkLimitName, Allowance>();
  /** By limit and source, in the order of their last work. */
  readonly #sources = new Map<string, Allowance>();

  constructor(private readonly deps: WorkDeps) {
    this.#sizes = { ...STANDARD, ...deps.sizes };
  }

  /** What one connection costs. */
  connection(): ConnectionWork {
    return new ConnectionWork(this, new Allowance(this.#sizes['crypto-per-connection'], this.deps.clock.monotonic()));
  }

  /** Charges one more `kind` of work to `address`, before it is done. @throws OverWork if that exceeds a limit */
  spend(kind: WorkKind, address: string, connection?: Spender): void {
    const now = this.deps.clock.monotonic();
    const price = WORK_PRICES_MS[kind];
    // Floods from others must not end a session.
    const spared = connection?.hasSession === true && now - connection.lastMs >= WORK_WINDOW_MS;
    const counted: Allowance[] = [];
    for (const [name, { kinds, of }] of LIMITS) {
      if (!kinds.includes(kind)) continue;
      const allowance =
        of === 'connection'
          ? connection?.own
          : this.#allowance({ name, of, address, announced: connection?.announced === true }, now);
      if (allowance === undefined) continue;
      const waitMs = spared && of === 'process' ? 0 : allowance.wait(price, now);
      if (waitMs > 0) {
        this.deps.reached?.(name, address);
        throw new OverWork(name, waitMs);
      }
      counted.push(allowance);
    }
    for (const allowance of counted) allowance.take(price);
    if (connection !== undefined) connection.lastMs = now;
    this.deps.spent?.(kind, price);
  }

  #allowance({ name, of, address, announced }: Counted, now: number): Allowance | undefined {
    if (of === 'process') {
      const known = this.#process.get(name) ?? new Allowance(this.#sizes[name], now);
      this.#process.set(name, known);
      return known;
    }
    const source = this.deps.source(address, announced);
    if (source === undefined) return undefined;
    const key = `${name} ${source}`;
    const known = this.#sources.get(key) ?? new Allowance(this.#sizes[name], now);
    this.#sources.delete(key);
    this.#sources.set(key, known);
    forgetOldest(this.#sources, MAX_WORKING);
    return known;
  }
}

const LIMITS = Object.entries(WORK_LIMITS) as [WorkLimitName, WorkLimit][];

/** The same for one connection. */
export class ConnectionWork {
  /** Whether it has a session, which the limits that others use up must not end. */
  hasSession = false;
  /** Whether a proxy announced its address. */
  announced = false;
  /** When it last caused work. */
  lastMs = -Infinity;

  constructor(
    private readonly work: Work,
    /** What this connection may spend. */
    readonly own: Allowance,
  ) {}

  /** Charges one more `kind` of work, before it is done. @throws OverWork if that exceeds a limit */
  spend(kind: WorkKind, address: string): void {
    this.work.spend(kind, address, this);
  }
}
