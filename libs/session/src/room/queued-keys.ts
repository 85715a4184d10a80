import { Timeout, type Clock } from '#kernel';
import { QUEUE_MS, MAX_QUEUED_BYTES, MAX_QUEUED_TOTAL_BYTES } from '#relay';
import type { ServerMessage } from '#tmate-protocol';
import type { Seat } from '../seat/seat.js';
import { decodeInput, encodeSends } from '../wire/replica-input.js';

interface Piece {
  readonly from: Seat;
  /** Messages as a replica sends them: a tenth of the size that they have otherwise. */
  readonly bytes: Uint8Array;
  readonly sinceMs: number;
}

/** What the bookkeeping of a piece takes, in bytes: many small ones are bounded too. */
const PIECE_COST = 100;

/**
 * What the joiners of a room type while nothing can take it: the host is away, or the room switches from one source to another.
 * It has the same limits as on the relay, and is kept for the same time (`QUEUE_MS`). When the oldest of somebody's keys is
 * older, everything that they typed after it is dropped with it: half a command line without its beginning is worse than none.
 */
export class QueuedKeys {
  readonly #pieces: Piece[] = [];
  /** What each one's pieces take. */
  readonly #sizes = new Map<Seat, number>();
  #size = 0;
  readonly #timeout: Timeout;

  constructor(
    private readonly clock: Clock,
    /** Somebody's keys have waited for too long, and were dropped. */
    private readonly onLost: (from: Seat) => void,
  ) {
    this.#timeout = new Timeout(clock);
  }

  /** Whether something from `from` waits: new input must wait behind it. */
  has(from: Seat): boolean {
    return this.#sizes.has(from);
  }

  /** Holds a writer's messages; false when there is no room for them, and then none of them is held. */
  add(from: Seat, messages: readonly ServerMessage[]): boolean {
    const sinceMs = this.clock.monotonic();
    const pieces = encodeSends('writer', messages).map((bytes) => ({ from, bytes, sinceMs }));
    const more = pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
    const its = this.#sizes.get(from) ?? 0;
    if (this.#size + more > MAX_QUEUED_TOTAL_BYTES || its + more > MAX_QUEUED_BYTES) return false;
    for (const piece of pieces) this.#pieces.push(piece);
    this.#sizes.set(from, its + more);
    this.#size += more;
    this.#watch();
    return true;
  }

  /** Passes what is held to `take`, in order, until it returns false, which means that it took nothing. */
  flush(take: (from: Seat, messages: readonly ServerMessage[]) => boolean): void {
    const left = this.#pieces.findIndex(({ from, bytes }) => {
      const input = decodeInput(bytes);
      return input.kind === 'send' && !take(from, input.messages);
    });
    this.#keep(left === -1 ? [] : this.#pieces.slice(left));
  }

  /** Somebody has left, or may not type any more. */
  forget(from: Seat): void {
    if (this.has(from)) this.#keep(this.#pieces.filter((piece) => piece.from !== from));
  }

  clear(): void {
    this.#keep([]);
  }

  #keep(pieces: readonly Piece[]): void {
    this.#pieces.splice(0, this.#pieces.length);
    this.#sizes.clear();
    this.#size = 0;
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#sizes.set(piece.from, (this.#sizes.get(piece.from) ?? 0) + sizeOf(piece));
      this.#size += sizeOf(piece);
    }
    this.#watch();
  }

  /** One timer, for the oldest piece. */
  #watch(): void {
    const oldest = this.#pieces[0];
    if (oldest === undefined) {
      this.#timeout.cancel();
      return;
    }
    this.#timeout.startIfIdle(Math.max(0, oldest.sinceMs + QUEUE_MS - this.clock.monotonic()), () => {
      const untilMs = this.clock.monotonic() - QUEUE_MS;
      const late = new Set(this.#pieces.filter(({ sinceMs }) => sinceMs <= untilMs).map(({ from }) => from));
      this.#keep(this.#pieces.filter(({ from }) => !late.has(from)));
      for (const from of late) this.onLost(from);
    });
  }
}

const sizeOf = ({ bytes }: Piece): number => bytes.length + PIECE_COST;
