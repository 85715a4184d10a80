import { uncounted, type Account, type Clock, type ParticipantId, type Role } from '#kernel';
import type { FaultBoundary } from './fault-boundary.js';
import { FlushScheduler } from './flush-scheduler.js';
import type { Size } from '../model/sizes.js';
import { View, type Compose } from '../model/view.js';

/**
 * How many seats are shown a frame before others get a turn at the event loop. The one who typed last is among the
 * first: its echo does not wait for two hundred onlookers.
 */
export const SEATS_AT_ONCE = 32;

/** What a terminal shows if there is no room to draw for it, and nobody else's picture fits. */
const SMALL_VIEW: Size = { cols: 80, rows: 24 };

/** What the audience needs of a seat. */
export interface Onlooker {
  readonly info: { readonly id: ParticipantId; readonly role: Role };
  readonly size: Size;
  readonly view: View;
  /** Takes the terminal to the view's newest picture, if it can take it. */
  show(): void;
}

/** The joiners of one session at one edge, and what they see. */
export class Audience<Seat extends Onlooker> {
  readonly #seats = new Map<ParticipantId, Seat>();
  readonly #views = new Map<string, View>();
  /** A joiner who saw the view at the last check. */
  readonly #users = new WeakMap<View, Seat>();
  readonly #scheduler: FlushScheduler;
  /** Joiners who must still get the newest picture, in order: a flood of new pictures does not move anybody back. */
  readonly #waiting = new Set<Seat>();
  #nextTurn: NodeJS.Immediate | undefined;
  #lastTyped: Seat | undefined;

  constructor(
    clock: Clock,
    private readonly compose: Compose,
    /** The pictures are counted here. */
    private readonly account: Account = uncounted(),
    private readonly boundary?: Pick<FaultBoundary, 'run'>,
  ) {
    this.#scheduler = new FlushScheduler(clock, () => this.#guarded(() => this.flush()));
  }

  get size(): number {
    return this.#seats.size;
  }

  /** All of them, as a copy: the caller may remove joiners while iterating. */
  get seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  get(id: ParticipantId): Seat | undefined {
    return this.#seats.get(id);
  }

  has(seat: Seat): boolean {
    return this.#seats.get(seat.info.id) === seat;
  }

  add(seat: Seat): void {
    this.#seats.set(seat.info.id, seat);
  }

  remove(seat: Seat): void {
    this.#seats.delete(seat.info.id);
    if (this.#lastTyped === seat) this.#lastTyped = undefined;
    this.#dropUnusedViews();
  }

  /**
   * The view for a terminal of that size, shared by all of that size. If there is no room for one more, the largest view that
   * fits into the terminal, or one of `SMALL_VIEW`. Throws `OverLimit` if there is no room for that either.
   */
  view(size: Size): View {
    const view = this.#exactView(size) ?? this.#largestWithin(size) ?? this.#smallView(size);
    this.#dropUnusedViews(view);
    return view;
  }

  #exactView({ cols, rows }: Size): View | undefined {
    const key = `${cols}x${rows}`;
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const view = View.open({ cols, rows, compose: this.compose, account: this.account });
    if (view !== undefined) this.#views.set(key, view);
    return view;
  }

  #largestWithin(size: Size): View | undefined {
    let largest: View | undefined;
    for (const view of this.#views.values()) {
      if (view.cols > size.cols || view.rows > size.rows) continue;
      if (view.cols * view.rows > (largest === undefined ? 0 : largest.cols * largest.rows)) largest = view;
    }
    return largest;
  }

  #smallView({ cols, rows }: Size): View {
    const small = { cols: Math.min(cols, SMALL_VIEW.cols), rows: Math.min(rows, SMALL_VIEW.rows) };
    return this.#exactView(small) ?? this.account.refuse('session-pictures');
  }

  #guarded(act: () => void): void {
    if (this.boundary === undefined) act();
    else this.boundary.run('frame', act);
  }

  /** Whoever typed last is served first. */
  typed(seat: Seat): void {
    this.#lastTyped = seat;
  }

  /** Something visible changed: a frame follows, now or soon. */
  changed(): void {
    if (this.#seats.size > 0) this.#scheduler.changed();
  }

  /** Draws now and shows it to everybody who can take it. */
  flush(): void {
    for (const view of this.#views.values()) view.update();
    const typist = this.#lastTyped;
    typist?.show();
    // After those who wait, if there are any.
    let shown = this.#waiting.size > 0 ? SEATS_AT_ONCE : 0;
    for (const seat of this.#seats.values()) {
      if (seat === typist) continue;
      if (shown < SEATS_AT_ONCE) seat.show();
      else this.#waiting.add(seat);
      shown += 1;
    }
    if (this.#waiting.size > 0) this.#nextTurn ??= setImmediate(() => this.#guarded(() => this.#showWaiting()));
  }

  dispose(): void {
    this.#scheduler.dispose();
    if (this.#nextTurn !== undefined) clearImmediate(this.#nextTurn);
    this.#waiting.clear();
  }

  #showWaiting(): void {
    this.#nextTurn = undefined;
    let shown = 0;
    for (const seat of this.#waiting) {
      if (shown >= SEATS_AT_ONCE) break;
      this.#waiting.delete(seat);
      if (!this.#seats.has(seat.info.id)) continue;
      seat.show();
      shown += 1;
    }
    if (this.#waiting.size > 0) this.#nextTurn = setImmediate(() => this.#guarded(() => this.#showWaiting()));
  }

  #dropUnusedViews(keep?: View): void {
    if (this.#views.size <= 1 && this.#seats.size > 0) return;
    for (const [key, view] of this.#views) {
      if (view === keep || this.#isUsed(view)) continue;
      this.#views.delete(key);
      view.dispose();
    }
  }

  /** Whether anybody sees that view. The joiner found by the last check is tried first, so this is fast in a large crowd too. */
  #isUsed(view: View): boolean {
    const known = this.#users.get(view);
    if (known?.view === view && this.#seats.get(known.info.id) === known) return true;
    for (const seat of this.#seats.values()) {
      if (seat.view !== view) continue;
      this.#users.set(view, seat);
      return true;
    }
    return false;
  }
}
