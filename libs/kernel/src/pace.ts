import type { Clock, Timer } from './clock.js';
import { LineRate, SLACK_MS } from './line-rate.js';

/** Before anything is known of a line, bytes that may be on their way besides the first picture. */
export const FIRST_LIMIT_BYTES = 4 * 1024;
/** The least that may be: on the slowest line, still a picture in each round trip. */
export const LEAST_LIMIT_BYTES = 1024;
/** So many bytes after the last question, it is asked again whether all has arrived: a question costs some 60 bytes each way. */
const ASK_BYTES = 1024;
/** Questions on their way at once; with more, the limit is known no better. */
export const MAX_QUESTIONS = 4;
/** On a line where nothing waits, the round trip is looked at again after this time, in ms. */
const IDLE_ASK_MS = 5_000;
/** An answer within this many times the shortest round trip comes through no queue. */
const FREE = 1.25;
/**
 * The limit over what a round trip carries: enough to find out whether the line carries more, and a queue of half a round trip.
 */
const GAIN = 1.5;
/** The same until a queue was seen. */
const FIRST_GAIN = 2;
/** With next to nothing on its way, so many long answers in a row come from a line that has become longer. */
const LONGER_AFTER = 16;
/** So little of the limit may always be on its way: the line is not left idle because it is believed to be busy. */
const ALWAYS = 0.25;

interface Question {
  /** All bytes that had been written then. */
  readonly written: number;
  /** How many of them were on their way. */
  readonly inFlight: number;
  readonly atMs: number;
}

/**
 * How much may be on its way to somebody, so that what is sent next does not wait behind much more than a round trip's worth of bytes.
 * A fast line takes as much as its owner allows; on a slow one, pictures are skipped instead of queued, and what somebody types
 * comes back through a short queue.
 *
 * Its owner writes, asks the other side to answer when it has all of it, and reports the answers, which come in order. The
 * round trip of an answer shows the queue in front of it, as in TCP Vegas and BBR: what was on its way, in shares of that time,
 * is what the line carries. Once there was a queue, a picture is also held back until the line should have taken the last one
 * (`LineRate`): it is drawn when it can leave, and not before.
 */
export class Pace {
  #limit = FIRST_LIMIT_BYTES;
  #shortestMs = Number.POSITIVE_INFINITY;
  #gain = FIRST_GAIN;
  /** The answers of the last questions, where the limit was the least and they were long all the same. */
  #longMs: number[] = [];
  #written = 0;
  #arrived = 0;
  #lastAskedAtMs = Number.NEGATIVE_INFINITY;
  readonly #questions: Question[] = [];
  readonly #rate: LineRate;
  #timer: Timer | undefined;

  /**
   * @param mostBytes the limit where the line is fast
   * @param onFree the line is believed to be free again, so that more may be sent than before. It may be called once after the owner's end.
   */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic' | 'after'>,
    private readonly mostBytes: number,
    private readonly onFree: () => void = () => undefined,
  ) {
    this.#rate = new LineRate(clock);
  }

  /** How many bytes may be on their way before the next picture is skipped. */
  get limit(): number {
    return this.#limit;
  }

  /** Bytes that nobody has said have arrived. */
  get inFlight(): number {
    return this.#written - this.#arrived;
  }

  /** Whether more may be sent. */
  get clear(): boolean {
    return this.inFlight <= this.#limit && !this.#isBusy;
  }

  get #isBusy(): boolean {
    return this.inFlight > this.#limit * ALWAYS && this.#rate.busyMs > 0;
  }

  wrote(bytes: number): void {
    this.#written += bytes;
    this.#rate.wrote(bytes);
    this.#wakeLater();
  }

  /** Only time makes a busy line free, where no answer does before. */
  #wakeLater(): void {
    if (this.#timer !== undefined || !this.#isBusy) return;
    this.#timer = this.clock.after(this.#rate.busyMs, () => {
      this.#timer = undefined;
      if (this.#isBusy) this.#wakeLater();
      else this.onFree();
    });
  }

  /** Whether to ask now if all that was written has arrived; then the question counts as asked, and needs its `answered`. */
  asks(): boolean {
    const questions = this.#questions;
    const last = questions.at(-1);
    const unasked = this.#written - (last?.written ?? this.#arrived);
    if (unasked === 0 || questions.length >= MAX_QUESTIONS) return false;
    const atMs = this.clock.monotonic();
    const isIdle = last === undefined && atMs - this.#lastAskedAtMs >= IDLE_ASK_MS;
    if (unasked < ASK_BYTES && this.clear && !isIdle) return false;
    this.#lastAskedAtMs = atMs;
    questions.push({ written: this.#written, inFlight: this.inFlight, atMs });
    return true;
  }

  /** The oldest question has its answer. Without one (`measured` false), what it asked for counts as arrived all the same. */
  answered(measured = true): void {
    const question = this.#questions.shift();
    if (question === undefined) return;
    this.#arrived = Math.max(this.#arrived, question.written);
    if (measured) this.#learn(question);
  }

  /** So many bytes of all that was written have arrived: the questions up to there have their answers. */
  arrivedUpTo(written: number): void {
    let newest: Question | undefined;
    while (this.#questions[0] !== undefined && this.#questions[0].written <= written) newest = this.#questions.shift();
    this.#arrived = Math.min(this.#written, Math.max(this.#arrived, written));
    if (newest !== undefined) this.#learn(newest);
  }

  #learn({ inFlight, atMs }: Question): void {
    const tookMs = this.clock.monotonic() - atMs;
    this.#shortestMs = Math.min(this.#shortestMs, tookMs);
    this.#rate.answered({ bytes: inFlight, tookMs, shortestMs: this.#shortestMs });
    this.#wakeLater();
    const isQueued = tookMs > this.#shortestMs * FREE + SLACK_MS;
    this.#lookAtLength(tookMs, isQueued && inFlight <= LEAST_LIMIT_BYTES);
    // What arrived meanwhile was as much as was on its way: this is what a round trip carries without a queue.
    const carried = isQueued ? (inFlight * this.#shortestMs) / tookMs : inFlight;
    if (isQueued) this.#gain = GAIN;
    const fits = Math.min(this.mostBytes, Math.max(LEAST_LIMIT_BYTES, Math.ceil(carried * this.#gain)));
    this.#limit = isQueued ? fits : Math.max(this.#limit, fits);
  }

  /** Whether the line itself has become longer, so that the shortest known round trip no longer applies. */
  #lookAtLength(tookMs: number, isLong: boolean): void {
    if (!isLong) this.#longMs = [];
    else if (this.#longMs.push(tookMs) >= LONGER_AFTER) {
      this.#shortestMs = Math.min(...this.#longMs);
      this.#longMs = [];
    }
  }
}
