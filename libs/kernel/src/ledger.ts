import { COST_LIMITS, costLimitText, HELD_KINDS, type CostLimitName, type HeldKind } from './cost-limits.js';
import { ShipmateError } from './errors.js';

/** The limit on all that a process counts; its size depends on the machine. */
export const PROCESS_LIMIT = 'process-memory';
/** The limit that was reached: one account's, or the process's. */
export type LimitReached = CostLimitName | typeof PROCESS_LIMIT;

/** Somebody would cost more than they may: nothing was counted. The message may be shown to them. */
export class OverLimit extends ShipmateError {
  constructor(readonly limit: LimitReached) {
    super('limit', overText(limit));
  }
}

function overText(limit: LimitReached): string {
  if (limit === PROCESS_LIMIT) return 'This server is short of memory: try again in a few minutes';
  return `Too much for this server: ${COST_LIMITS[limit].counts} may be ${costLimitText(limit)} (${limit})`;
}

/** What an account may hold: `all` together, and each kind by itself; a limit that is not named does not hold. */
export interface AccountLimits {
  readonly all?: CostLimitName;
  readonly kinds?: Partial<Readonly<Record<HeldKind, CostLimitName>>>;
}

/** What a session's model, at its home or at another edge, may hold. */
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
/** What the joiners of one session at one edge may see, keep, and not read. */
export const ROOM_LIMITS: AccountLimits = {
  kinds: { pictures: 'session-pictures', copies: 'session-copies', queues: 'session-queues' },
};
/** What a session's other edges may make its home hold. */
export const STREAM_LIMITS: AccountLimits = { kinds: { snapshots: 'session-snapshots' } };
/** The bytes of one thing of one kind, as they change. */
export interface Holding {
  readonly bytes: number;
  /** Counts that it has `bytes` now. Throws `OverLimit`, and counts as before, where that is more than may be. */
  set(bytes: number): void;
  /** The same; answers false instead. */
  trySet(bytes: number): boolean;
  /** It is gone; harmless to call twice. */
  release(): void;
}

/**
 * What somebody makes a process hold: bytes by kind, counted before they are taken. An account's bytes count for the account
 * above it as well; counting takes a few additions, whatever the amount.
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

  /** Other limits hold from now on; what is held already stays. */
  limitTo(limits: AccountLimits): void {
    this.#limits = limits;
  }

  /** Something whose bytes will change. */
  hold(kind: HeldKind): Holding {
    return new AccountHolding(this, HELD_KINDS.indexOf(kind));
  }

  /** Gives back all that it holds; what is set afterwards does not count. */
  close(): void {
    if (this.#closed) return;
    for (const [kind, bytes] of this.#held.entries()) this.add(kind, -bytes);
    this.#closed = true;
  }

  /** Somebody asks for more than a limit that is looked at elsewhere allows: throws `OverLimit`. */
  refuse(limit: LimitReached): never {
    this.noteReached(limit);
    throw new OverLimit(limit);
  }

  /** For holdings: the limit that `bytes` more would pass, here or above. */
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

  /** For holdings and accounts below: somebody reached a limit. */
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

/** What all that a process serves costs it. */
export class Ledger extends Account {
  constructor(
    /** Bytes that may be counted at once. */
    readonly most = Infinity,
    /** Is told of each limit that somebody has reached. */
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
