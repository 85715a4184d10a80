/** A connection that has no session yet. */
export interface Newcomer {
  readonly address: string;
  /** Ends it: somebody else needs the place. */
  displace(): void;
}

/** From so many on, in shares of the limit, some newcomers are dropped before all places are taken (OpenSSH's MaxStartups). */
const EARLY_DROP_FROM = 0.4;
/** So few are never too many. */
const FEW = 10;
/** The share of them at that point; it grows to all of them at the limit. */
const EARLY_DROP_SHARE = 0.3;

export interface AdmissionOptions {
  /** Connections without a session, in all. */
  readonly limit: number;
  /** Of one address. */
  readonly perAddress: number;
  /** Addresses that stand for many, as a proxy's: `perAddress` is not for them. */
  readonly exempt: (address: string) => boolean;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * The connections that have no session yet. An address with more than its share loses its oldest. When the places become few,
 * and the more so the fewer they are, somebody has to go: the oldest of the address that holds most of them, or, where
 * nobody holds two, whoever comes. So a flood from one address displaces itself, one from many is thinned, and a login from elsewhere still
 * gets in.
 */
export class Admission {
  readonly #waiting = new Set<Newcomer>();

  constructor(private readonly options: AdmissionOptions) {}

  get size(): number {
    return this.#waiting.size;
  }

  enter(newcomer: Newcomer): void {
    this.#waiting.add(newcomer);
    const loser = this.#loser(newcomer);
    if (loser === undefined) return;
    this.#waiting.delete(loser);
    loser.displace();
  }

  /** It got its session, or is gone. */
  leave(newcomer: Newcomer): void {
    this.#waiting.delete(newcomer);
  }

  #loser(newcomer: Newcomer): Newcomer | undefined {
    const { limit, perAddress, exempt, random } = this.options;
    const from = Math.max(Math.floor(limit * EARLY_DROP_FROM), Math.min(limit, FEW));
    const { size } = this.#waiting;
    // Counting them is for when there are some.
    if (size <= Math.min(from, perAddress)) return undefined;
    const counts = new Map<string, number>();
    for (const { address } of this.#waiting) counts.set(address, (counts.get(address) ?? 0) + 1);
    if ((counts.get(newcomer.address) ?? 0) > perAddress && !exempt(newcomer.address)) {
      return this.#oldestOf((address) => address === newcomer.address);
    }
    const share = EARLY_DROP_SHARE + ((1 - EARLY_DROP_SHARE) * (size - from)) / (limit + 1 - from);
    if (size <= limit && (size <= from || random() >= share)) return undefined;
    const most = Math.max(...counts.values());
    return most === 1 && size <= limit ? newcomer : this.#oldestOf((address) => counts.get(address) === most);
  }

  #oldestOf(has: (address: string) => boolean): Newcomer | undefined {
    for (const newcomer of this.#waiting) if (has(newcomer.address)) return newcomer;
    return undefined;
  }
}
