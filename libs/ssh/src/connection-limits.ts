import { addressKey } from '#address';

/** A connection that has no session yet. */
export interface Newcomer {
  readonly address: string;
  /** A proxy announced its address: the address stands for one client. */
  readonly announced: boolean;
  /** It has not yet said what it speaks: a client does so at once, an attacker need not. */
  readonly quiet: boolean;
  /** Ends it: somebody else needs the place. */
  displace(): void;
}

/** The share of the limit from which on some new connections are dropped before all places are taken (OpenSSH's MaxStartups). */
const EARLY_DROP_FROM = 0.4;
/** So few are never too many. */
const FEW = 10;
/** The share of them at that point; it grows to all of them at the limit. */
const EARLY_DROP_SHARE = 0.3;

export interface ConnectionLimitsOptions {
  /** Connections without a session, in all. */
  readonly limit: number;
  /** Of one address (a /64 of IPv6). */
  readonly perAddress: number;
  /** Addresses that stand for many, such as a proxy's: `perAddress` does not apply to them, unless a proxy announces one. */
  readonly exempt: (address: string) => boolean;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * The connections that have no session yet. An address with more than its share loses its oldest one. When places become
 * scarce, connections are dropped more and more often: the oldest one of the address with the most connections or, if no
 * address has two, the oldest that is quiet; if none is, the new one. So a flood from one address displaces itself, one of silent
 * connections from many addresses does too, any other is thinned out, and a login from elsewhere still gets in.
 */
export class ConnectionLimits {
  readonly #waiting = new Set<Newcomer>();

  constructor(private readonly options: ConnectionLimitsOptions) {}

  get size(): number {
    return this.#waiting.size;
  }

  enter(newcomer: Newcomer): void {
    this.#waiting.add(newcomer);
    this.#displace(this.#loser(newcomer));
  }

  /** A proxy announced its address: it counts for that address from now on. */
  announced(newcomer: Newcomer): void {
    if (this.#waiting.has(newcomer)) this.#displace(this.#overShare(newcomer));
  }

  /** It got its session, or has ended. */
  leave(newcomer: Newcomer): void {
    this.#waiting.delete(newcomer);
  }

  #displace(loser: Newcomer | undefined): void {
    if (loser === undefined) return;
    this.#waiting.delete(loser);
    loser.displace();
  }

  /** The oldest of the newcomer's address, where that has more than its share. */
  #overShare({ address, announced }: Newcomer): Newcomer | undefined {
    const { perAddress, exempt } = this.options;
    // Counting them is for when there are some.
    if (this.#waiting.size <= perAddress || (!announced && exempt(address))) return undefined;
    const source = addressKey(address);
    return (this.#counts.get(source) ?? 0) > perAddress ? this.#oldestOf((other) => other === source) : undefined;
  }

  /** How many there are of each address. */
  get #counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { address } of this.#waiting)
      counts.set(addressKey(address), (counts.get(addressKey(address)) ?? 0) + 1);
    return counts;
  }

  #loser(newcomer: Newcomer): Newcomer | undefined {
    const { limit, random } = this.options;
    const from = Math.max(Math.floor(limit * EARLY_DROP_FROM), Math.min(limit, FEW));
    const { size } = this.#waiting;
    const own = this.#overShare(newcomer);
    if (own !== undefined || size <= from) return own;
    const share = EARLY_DROP_SHARE + ((1 - EARLY_DROP_SHARE) * (size - from)) / (limit + 1 - from);
    if (size <= limit && random() >= share) return undefined;
    const counts = this.#counts;
    const most = Math.max(...counts.values());
    const busiest = (): Newcomer | undefined => this.#oldestOf((source) => counts.get(source) === most);
    if (most > 1) return busiest();
    return this.#oldestQuiet(newcomer) ?? (size <= limit ? newcomer : busiest());
  }

  #oldestOf(has: (source: string) => boolean): Newcomer | undefined {
    for (const newcomer of this.#waiting) if (has(addressKey(newcomer.address))) return newcomer;
    return undefined;
  }

  /** The new one has had no time to say anything. */
  #oldestQuiet(but: Newcomer): Newcomer | undefined {
    for (const newcomer of this.#waiting) if (newcomer.quiet && newcomer !== but) return newcomer;
    return undefined;
  }
}
