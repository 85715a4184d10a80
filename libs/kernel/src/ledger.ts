import { COST_LIMITS, costLimitText, HELD_KINDS, type CostLimitName, type HeldKind } from './cost-limits.js';
import { ShipmateError } from './errors.js';

/** The limit on everything that a process counts; its size depends on the machine. */
export const PROCESS_LIMIT = 'process-memory';
/** The limit that was reached: one account's, or the process's. */
export type LimitReached = CostLimitName | typeof PROCESS_LIMIT;

/** A peer would exceed a limit on memory; nothing was counted. The message may be shown to that peer. */
export class OverLimit extends ShipmateError {
  constructor(readonly limit: LimitReached) {
    super('limit', overText(limit));
  }
}

function overText(limit: LimitReached): string {
  if (limit === PROCESS_LIMIT) return 'This server is short of memory: try again in a few minutes';
  return `Too much for this server: ${COST_LIMITS[limit].counts} may be ${costLimitText(limit)} (${limit})`;
}

/** What an account may hold: `all` together, and each kind by itself. A limit that is not named does not apply. */
export interface AccountLimits {
  readonly all?: CostLimitName;
  readonly kinds?: Partial<Readonly<Record<HeldKind, CostLimitName>>>;
}

/** What a session's model may hold, at its home or at another edge. */
export const MODEL_LIMITS: AccountLimits = {
  kinds: {
    screens: 'session-screens',
    history: 'session-history',
    asleep: 'session-asleep',
    parsers: 'session-parsers',
    queues: 'host-queue',
  },
};
/** The limits of a host that is not ready yet. */
export const BEFORE_READY_LIMITS: AccountLimits = { all: 'host-before-ready' };
/** The limits of a host that is ready and has no session yet. */
export const BEFORE_SESSION_LIMITS: AccountLimits = { all: 'host-before-session' };
/** What the joiners of one session at one edge may hold: pictures, copies and unread output. */
export const ROOM_LIMITS: AccountLimits = {
  kinds: { pictures: 'session-pictures', copies: 'session-copies', queues: 'session-queues' },
};
/** What other edges may make a session's home hold. */
export const STREAM_LIMITS: AccountLimits = { kinds: { snapshots: 'session-snapshots' } };
/** The bytes of one thing of one kind, as they change. */
export interface Holding {
  readonly bytes: number;
  /** Sets its size to `bytes`. Throws `OverLimit`, and keeps the previous size, if that exceeds a limit. */
  set(bytes: number): void;
  /** The same, but returns false instead of throwing. */
  trySet(bytes: number): boolean;
  /** It no longer exists; harmless to call twice. */
  release(): void;
}

/**
 * The memory that one peer or session costs a process: bytes by kind, counted before they are allocated. An account's bytes
 * also count for the account above it. Counting takes a few additions, whatever the amount.
 */
export class Account {
  readonly #held = new Float64Array(HELD_KINDS.length);
  #total = 0;
  #limits: AccountLimits = {};
  #closed = false;

  constructor(
    protected readonly above: Account | undefined,
    limits: AccountLimits,
  ) {
    this.#limits = limits;
  }

  /** Bytes of all kinds. */
  get total(): number {
    return this.#total;
  }

  held(kind: HeldKind): number {
    return this.#held[HELD_KINDS.indexOf(kind)] ?? 0;
  }

  /** An account below this one. */
  open(limits: AccountLimits): Account {
    return new Account(this, limits);
  }

  /** Changes the limits; what is held already stays. */
  limitTo(limits: AccountLimits): void {
    this.#limits = limits;
  }

  /** Something whose bytes will change. */
  hold(kind: HeldKind): Holding {
    return new AccountHolding(this, HELD_KINDS.indexOf(kind));
  }

  /** Releases everything; sizes that are set afterwards do not count. */
  close(): void {
    if (this.#closed) return;
    for (const [kind, bytes] of this.#held.entries()) this.add(kind, -bytes);
    this.#closed = true;
  }

  /** Reports that a limit which is checked elsewhere is exceeded: throws `OverLimit`. */
  refuse(limit: LimitReached): never {
    this.noteReached(limit);
    throw new OverLimit(limit);
  }

  /** For holdings: the limit that `bytes` more would exceed, here or above. */
  against(kind: number, bytes: number): LimitReached | undefined {
    if (this.#closed || bytes <= 0) return undefined;
    return this.ownAgainst(kind, bytes) ?? this.above?.against(kind, bytes);
  }

  protected ownAgainst(kind: number, bytes: number): LimitReached | undefined {
    const { all, kinds } = this.#limits;
    if (all !== undefined && this.#total + bytes > COST_LIMITS[all].most) return all;
    const name = kinds?.[HELD_KINDS[kind] ?? 'parsers'];
    return name !== undefined && (this.#held[kind] ?? 0) + bytes > COST_LIMITS[name].most ? name : undefined;
  }

  /** For holdings: counts `bytes` more, or less. */
  add(kind: number, bytes: number): void {
    if (this.#closed) return;
    this.#held[kind] = (this.#held[kind] ?? 0) + bytes;
    this.#total += bytes;
    this.above?.add(kind, bytes);
  }

  /** For holdings and accounts below: reports that a limit was reached. */
  noteReached(limit: LimitReached): void {
    this.above?.noteReached(limit);
  }
}

class AccountHolding implements Holding {
  bytes = 0;

  constructor(
    private readonly account: Account,
    private readonly kind: number,
  ) {}

  set(bytes: number): void {
    const limit = this.#change(bytes);
    if (limit !== undefined) this.account.refuse(limit);
  }

  trySet(bytes: number): boolean {
    return this.#change(bytes) === undefined;
  }

  release(): void {
    this.#change(0);
  }

  #change(bytes: number): LimitReached | undefined {
    const more = bytes - this.bytes;
    if (more === 0) return undefined;
    const limit = this.account.against(this.kind, more);
    if (limit !== undefined) return limit;
    this.account.add(this.kind, more);
    this.bytes = bytes;
    return undefined;
  }
}

/** The account of a whole process. */
export class Ledger extends Account {
  constructor(
    /** Bytes that may be counted at once. */
    readonly most = Infinity,
    /** Called for each limit that somebody has reached. */
    private readonly reached: (limit: LimitReached) => void = () => undefined,
  ) {
    super(undefined, {});
  }

  override noteReached(limit: LimitReached): void {
    this.reached(limit);
  }

  protected override ownAgainst(_: number, bytes: number): LimitReached | undefined {
    return this.total + bytes > this.most ? PROCESS_LIMIT : undefined;
  }
}

/** Counts, and limits nothing. */
export const uncounted = (): Account => new Account(undefined, {});
