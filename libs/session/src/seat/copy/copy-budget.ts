/** Moves that may be done at once: each may walk along a line. More than a person asks for by a count, twice. */
const AT_ONCE = 2_000;
/** How many more are earned per ms: about 70 µs each, so that one seat's copy mode uses a third of a core at most. */
const PER_MS = 5;

/** What a copy mode may still cost: even readers send it keys, with counts before them. */
export class CopyBudget {
  #left = AT_ONCE;
  #atMs: number;

  constructor(private readonly now: () => number) {
    this.#atMs = now();
  }

  /** Does `move` up to `count` times; fewer times if there were too many moves recently. */
  times(count: number, move: () => void): void {
    for (let n = 0; n < count && this.spend(1); n++) move();
  }

  /** Charges something that begins now as `moves` moves; false if there were too many recently. */
  spend(moves: number): boolean {
    const now = this.now();
    this.#left = Math.min(AT_ONCE, this.#left + (now - this.#atMs) * PER_MS);
    this.#atMs = now;
    if (this.#left <= 0) return false;
    // If it costs more than is left, it is done all the same, and the next one waits.
    this.#left -= moves;
    return true;
  }
}
