/** A connection that has no session yet. */
export interface Newcomer {
  readonly address: string;
  /** Ends it: somebody else needs the place. */
  displace(): void;
}

/**
 * The connections that have no session yet, at most `limit` of them. When the place is needed, the address that holds
 * most places loses its oldest: a flood from one address displaces itself, and a login from elsewhere still gets in.
 */
export class Admission {
  readonly #waiting = new Set<Newcomer>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#waiting.size;
  }

  enter(newcomer: Newcomer): void {
    this.#waiting.add(newcomer);
    if (this.#waiting.size <= this.limit) return;
    const loser = this.#oldestOfTheBusiest();
    if (loser === undefined) return;
    this.#waiting.delete(loser);
    loser.displace();
  }

  /** It got its session, or is gone. */
  leave(newcomer: Newcomer): void {
    this.#waiting.delete(newcomer);
  }

  #oldestOfTheBusiest(): Newcomer | undefined {
    const counts = new Map<string, number>();
    for (const { address } of this.#waiting) counts.set(address, (counts.get(address) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const newcomer of this.#waiting) if (counts.get(newcomer.address) === most) return newcomer;
    return undefined;
  }
}
