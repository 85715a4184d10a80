/** Connections without a welcome, of one address; a browser has one or two. */
export const MAX_NEWCOMERS_OF_ADDRESS = 64;

/** Counts the connections of each address that have no seat yet. */
export class Newcomers {
  readonly #counts = new Map<string, number>();

  constructor(private readonly most = MAX_NEWCOMERS_OF_ADDRESS) {}

  /** Whether one more may wait; if so, it is counted until `leave`. */
  enter(addressKey: string): boolean {
    const count = this.#counts.get(addressKey) ?? 0;
    if (count >= this.most) return false;
    this.#counts.set(addressKey, count + 1);
    return true;
  }

  leave(addressKey: string): void {
    const count = (this.#counts.get(addressKey) ?? 0) - 1;
    if (count > 0) this.#counts.set(addressKey, count);
    else this.#counts.delete(addressKey);
  }

  /** How many addresses have some. */
  get size(): number {
    return this.#counts.size;
  }
}
