import type { Clock, Timer } from '#kernel';
import type { PageSeat } from './page-seat.js';

/** How long a page whose connection broke keeps its seat: a train's tunnel, a laptop's walk to another network. */
export const AWAY_MS = 30_000;

/** Seats without a connection; over it, the one that waits longest is given up. Each costs a picture at most. */
export const MAX_AWAY = 2000;

/** The seats of all pages, by the page's own name for itself, and how long they wait for it. */
export class PageSeats {
  readonly #seats = new Map<string, PageSeat>();
  /** The seats without a connection; the ones without it for the longest time come first. */
  readonly #away = new Map<PageSeat, Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly maxAway = MAX_AWAY,
  ) {}

  get size(): number {
    return this.#seats.size;
  }

  get away(): number {
    return this.#away.size;
  }

  /** The page's seat, which waits no longer. */
  find(key: string): PageSeat | undefined {
    const seat = this.#seats.get(key);
    if (seat !== undefined) this.#returned(seat);
    return seat;
  }

  /** Keeps a seat that is not over; of two that one page took at once, the newer stays. */
  add(seat: PageSeat): void {
    if (seat.over) return;
    const other = this.#seats.get(seat.key);
    this.#seats.set(seat.key, seat);
    other?.connection?.close('replaced');
    other?.leave('detached');
  }

  remove(seat: PageSeat): void {
    this.#returned(seat);
    if (this.#seats.get(seat.key) === seat) this.#seats.delete(seat.key);
  }

  /** The page's connection has ended: it has `AWAY_MS` to come back. */
  wait(seat: PageSeat): void {
    this.#returned(seat);
    this.#away.set(
      seat,
      this.clock.after(AWAY_MS, () => seat.leave('detached')),
    );
    const [longest] = this.#away.keys();
    if (this.#away.size > this.maxAway) longest?.leave('detached');
  }

  #returned(seat: PageSeat): void {
    this.#away.get(seat)?.cancel();
    this.#away.delete(seat);
  }
}
