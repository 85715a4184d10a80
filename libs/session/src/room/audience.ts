import type { Clock, ParticipantId, Role } from '#kernel';
import { FlushScheduler } from './flush-scheduler.js';
import type { Size } from '../model/sizes.js';
import { View, type Compose } from '../model/view.js';

/**
 * How many seats are shown a frame before others get a turn at the event loop. The one who typed last is among the
 * first: its echo does not wait for two hundred onlookers.
 */
export const SEATS_AT_ONCE = 32;

/** A seat, as far as what it sees goes. */
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
  readonly #scheduler: FlushScheduler;
  #rest: Seat[] = [];
  #resting: NodeJS.Immediate | undefined;
  #typist: Seat | undefined;

  constructor(
    clock: Clock,
    private readonly compose: Compose,
  ) {
    this.#scheduler = new FlushScheduler(clock, () => this.flush());
  }

  get size(): number {
    return this.#seats.size;
  }

  /** All of them, as a list of its own: who walks along it may end stays on the way. */
  get seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  get(id: ParticipantId): Seat | undefined {
    return this.#seats.get(id);
  }

  count(role: Role): number {
    let count = 0;
    for (const seat of this.#seats.values()) if (seat.info.role === role) count += 1;
    return count;
  }

  add(seat: Seat): void {
    this.#seats.set(seat.info.id, seat);
  }

  remove(seat: Seat): void {
    this.#seats.delete(seat.info.id);
    if (this.#typist === seat) this.#typist = undefined;
    this.#dropUnusedViews();
  }

  /** The view for a terminal of that size; shared by all of that size. */
  view(size: Size): View {
    const key = `${size.cols}x${size.rows}`;
    let view = this.#views.get(key);
    if (view === undefined) this.#views.set(key, (view = new View(size.cols, size.rows, this.compose)));
    this.#dropUnusedViews(view);
    return view;
  }

  /** Who typed last is served first. */
  typed(seat: Seat): void {
    this.#typist = seat;
  }

  /** What is seen changed: a frame follows, now or soon. */
  changed(): void {
    if (this.#seats.size > 0) this.#scheduler.changed();
  }

  /** Draws now and shows it to everybody who can take it. */
  flush(): void {
    for (const view of this.#views.values()) view.update();
    const typist = this.#typist;
    typist?.show();
    let shown = 0;
    this.#rest = [];
    for (const seat of this.#seats.values()) {
      if (seat === typist) continue;
      if (shown < SEATS_AT_ONCE) seat.show();
      else this.#rest.push(seat);
      shown += 1;
    }
    if (this.#rest.length > 0) this.#resting ??= setImmediate(() => this.#showRest());
  }

  dispose(): void {
    this.#scheduler.dispose();
    if (this.#resting !== undefined) clearImmediate(this.#resting);
    this.#rest = [];
  }

  #showRest(): void {
    this.#resting = undefined;
    for (const seat of this.#rest.splice(0, SEATS_AT_ONCE)) if (this.#seats.has(seat.info.id)) seat.show();
    if (this.#rest.length > 0) this.#resting = setImmediate(() => this.#showRest());
  }

  #dropUnusedViews(keep?: View): void {
    if (this.#views.size <= 1) return;
    const used = new Set([...this.#seats.values()].map((seat) => seat.view));
    for (const [key, view] of this.#views) if (view !== keep && !used.has(view)) this.#views.delete(key);
  }
}
