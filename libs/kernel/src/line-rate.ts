import type { Clock } from './clock.js';

/** The best of so many answers says what the line carries: those where little was on its way, or something was lost, show less. */
const SAMPLES = 16;
/** An answer that takes longer than this many times the shortest round trip, and `SLACK_MS` more, came through a queue. */
const FREE = 1.1;
/** What a busy machine at either end may take longer to answer, in ms: that is no queue on the line. */
export const SLACK_MS = 20;
/** Without a queue, bytes go out this much faster than was seen to arrive: the line may carry more. */
const FASTER = 1.25;
/** The same while there is a queue, so that it becomes shorter. */
const SLOWER = 0.75;

/** An answer: how much was on its way when it was asked for, and how long it took. */
export interface Answer {
  readonly bytes: number;
  readonly tookMs: number;
  /** The shortest round trip seen so far. */
  readonly shortestMs: number;
}

/**
 * How fast a line takes bytes, and so when the last ones will have left the queue in front of it: as BBR does, from what was on its
 * way in a round trip. A line where no answer came through a queue takes everything at once.
 */
export class LineRate {
  #samples: { readonly bytesPerMs: number; readonly isQueued: boolean }[] = [];
  #freeAtMs = 0;
  #shortestMs = 0;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** So long from now, the line is busy with what was written; 0 if it is free. A round trip at most: then there are answers. */
  get busyMs(): number {
    if (!this.#samples.some(({ isQueued }) => isQueued)) return 0;
    return Math.max(0, Math.min(this.#shortestMs, this.#freeAtMs - this.clock.monotonic()));
  }

  wrote(bytes: number): void {
    const now = this.clock.monotonic();
    const best = Math.max(...this.#samples.map(({ bytesPerMs }) => bytesPerMs));
    if (best <= 0) return;
    const speed = this.#samples.at(-1)?.isQueued === true ? SLOWER : FASTER;
    this.#freeAtMs = Math.min(Math.max(now, this.#freeAtMs) + bytes / (best * speed), now + this.#shortestMs);
  }

  answered({ bytes, tookMs, shortestMs }: Answer): void {
    this.#shortestMs = shortestMs;
    if (tookMs <= 0) return;
    this.#samples.push({ bytesPerMs: bytes / tookMs, isQueued: tookMs > shortestMs * FREE + SLACK_MS });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }
}
