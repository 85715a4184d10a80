import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.js';
import { LEAST_LIMIT_BYTES, MAX_QUESTIONS, Pace } from './pace.js';

const MOST_BYTES = 256 * 1024;
const FRAME_MS = 33;

interface LineOptions {
  readonly bytesPerSecond: number;
  /** Each way. */
  readonly delayMs: number;
  /** The other side answers nothing for so long, now and then, as after a lost packet. */
  readonly stallMs?: number;
}

/** A line with a queue in front of it, and somebody at its end who answers each question when all before it has come. */
class Line {
  readonly clock = new FakeClock();
  readonly pace = new Pace(this.clock, MOST_BYTES);
  #freeAtMs = 0;
  #sends = 0;

  constructor(private readonly options: LineOptions) {}

  get roundTripMs(): number {
    return 2 * this.options.delayMs;
  }

  /** Writes, and answers when the last byte has come, in ms of the clock. */
  write(bytes: number): number {
    const { bytesPerSecond, delayMs, stallMs = 0 } = this.options;
    const now = this.clock.monotonic();
    const stalled = ++this.#sends % 50 === 0 ? stallMs : 0;
    this.#freeAtMs = Math.max(this.#freeAtMs, now) + (bytes / bytesPerSecond) * 1000 + stalled;
    this.pace.wrote(bytes);
    const arrivesAtMs = this.#freeAtMs + delayMs;
    this.#ask(arrivesAtMs);
    return arrivesAtMs;
  }

  #ask(arrivesAtMs: number): void {
    if (!this.pace.asks()) return;
    const { delayMs } = this.options;
    this.clock.after(arrivesAtMs + delayMs - this.clock.monotonic(), () => {
      this.pace.answered();
      if (!this.pace.clear) this.#ask(Math.max(this.#freeAtMs, this.clock.monotonic()) + delayMs);
    });
  }
}

interface FloodOptions {
  readonly frameBytes: number;
  readonly seconds: number;
}

/** A flood of frames, drawn when the line takes them; what is typed each second, and how long it takes to be seen, in ms. */
function flood(
  line: Line,
  { frameBytes, seconds }: FloodOptions,
): { readonly shown: number; readonly echoesMs: number[] } {
  const { clock, pace } = line;
  const echoesMs: number[] = [];
  let typedAtMs: number | undefined;
  let shown = 0;
  // Before anything else, a terminal is told its modes.
  line.write(120);
  for (let step = 0; step * 3 < seconds * 1000; step++) {
    clock.advance(3);
    if (step % 331 === 330) typedAtMs ??= clock.monotonic();
    if (step % 11 !== 0 && typedAtMs === undefined) continue;
    if (!pace.clear) continue;
    const seenAtMs = line.write(frameBytes);
    shown += 1;
    // A frame shows all that is known by then.
    if (typedAtMs !== undefined) echoesMs.push(seenAtMs - typedAtMs);
    typedAtMs = undefined;
  }
  return { shown, echoesMs };
}

describe('the pace of a line', () => {
  it.each([
    [300, 80],
    [300, 400],
    [300, 1200],
    [150, 80],
    [150, 400],
    [150, 800],
  ])(
    'at 5 KB a second and %i ms each way, with frames of %i bytes, shows what is typed a round trip late at most',
    (delayMs, frameBytes) => {
      const bytesPerSecond = 5_000;
      const line = new Line({ bytesPerSecond, delayMs });
      const { echoesMs } = flood(line, { frameBytes, seconds: 120 });
      const frameMs = (frameBytes / bytesPerSecond) * 1000;
      expect(echoesMs.length).toBeGreaterThan(50);
      // The first seconds are for learning what the line is. Where a frame takes half a round trip, it may be in the way besides.
      const mostMs = line.roundTripMs + (2 * frameMs > line.roundTripMs ? frameMs : 0);
      for (const ms of echoesMs.slice(5)) expect(ms - delayMs - frameMs).toBeLessThanOrEqual(mostMs);
    },
  );

  it.each([
    [300, 80],
    [300, 800],
    [150, 80],
  ])('at 5 KB a second and %i ms each way, lets no queue stand, with frames of %i bytes', (delayMs, frameBytes) => {
    const bytesPerSecond = 5_000;
    const line = new Line({ bytesPerSecond, delayMs });
    const { echoesMs, shown } = flood(line, { frameBytes, seconds: 240 });
    const frameMs = (frameBytes / bytesPerSecond) * 1000;
    const lateMs = echoesMs.slice(5).map((ms) => ms - delayMs - frameMs);
    lateMs.sort((a, b) => a - b);
    expect(lateMs[Math.floor(lateMs.length * 0.95)]).toBeLessThanOrEqual(0.6 * line.roundTripMs);
    // And the line is not left idle for it.
    expect(shown * frameBytes).toBeGreaterThan(0.4 * 240 * bytesPerSecond);
  });

  it('wakes its owner when a line that was busy is free again, without an answer', () => {
    const clock = new FakeClock();
    let woken = 0;
    const pace = new Pace(clock, MOST_BYTES, () => (woken += 1));
    const answerAfter = (bytes: number, ms: number): void => {
      pace.wrote(bytes);
      expect(pace.asks()).toBe(true);
      clock.advance(ms);
      pace.answered();
    };
    answerAfter(1024, 200);
    answerAfter(4096, 400);
    answerAfter(1024, 200);
    woken = 0;
    pace.wrote(2500);
    expect(pace.inFlight).toBeLessThan(pace.limit);
    expect([pace.clear, woken]).toEqual([false, 0]);
    clock.advance(200);
    expect([pace.clear, woken]).toEqual([true, 1]);
  });

  it('shows every frame on a fast line', () => {
    const { shown } = flood(new Line({ bytesPerSecond: 10_000_000, delayMs: 1 }), { frameBytes: 4000, seconds: 10 });
    expect(shown).toBeGreaterThanOrEqual(Math.floor(10_000 / FRAME_MS));
  });

  it('shows most frames over a long line that is wide', () => {
    const { shown } = flood(new Line({ bytesPerSecond: 1_000_000, delayMs: 100 }), { frameBytes: 2000, seconds: 20 });
    expect(shown).toBeGreaterThanOrEqual(0.8 * Math.floor(20_000 / FRAME_MS));
  });

  it('gets over stalls: the line is used again afterwards', () => {
    const options = { bytesPerSecond: 100_000, delayMs: 50 };
    const [even, bad] = [options, { ...options, stallMs: 400 }].map(
      (line) => flood(new Line(line), { frameBytes: 1000, seconds: 60 }).shown,
    );
    expect(bad).toBeGreaterThan((even ?? 0) / 3);
  });

  it('notices that a line has become longer', () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, MOST_BYTES);
    const exchange = (bytes: number, ms: number): void => {
      pace.wrote(bytes);
      expect(pace.asks()).toBe(true);
      clock.advance(ms);
      pace.answered();
    };
    for (let n = 0; n < 10; n++) exchange(4000, 10);
    const before = pace.limit;
    exchange(4000, 200);
    expect(pace.limit).toBe(LEAST_LIMIT_BYTES);
    // With next to nothing on its way, it is no queue that takes so long.
    for (let n = 0; n < 20; n++) exchange(LEAST_LIMIT_BYTES, 200);
    for (let n = 0; n < 10; n++) exchange(4000, 200);
    expect(pace.limit).toBeGreaterThanOrEqual(before / 2);
  });

  it('never waits without a question on its way, and keeps its limits, whatever comes when', () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({ wait: fc.integer({ min: 0, max: 3000 }) }),
      fc.constant({ answer: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = new FakeClock();
        const pace = new Pace(clock, MOST_BYTES);
        let questions = 0;
        for (const action of steps) {
          if ('write' in action) pace.wrote(action.write);
          else if ('wait' in action) clock.advance(action.wait);
          else if (questions > 0) {
            questions -= 1;
            pace.answered();
          }
          if (pace.asks()) questions += 1;
          expect(questions).toBeLessThanOrEqual(MAX_QUESTIONS);
          expect(pace.limit).toBeGreaterThanOrEqual(LEAST_LIMIT_BYTES);
          expect(pace.limit).toBeLessThanOrEqual(MOST_BYTES);
          if (!pace.clear) expect(questions).toBeGreaterThan(0);
        }
        for (; questions > 0; questions--) pace.answered();
        if (pace.asks()) pace.answered();
        expect(pace.clear).toBe(true);
      }),
    );
  });

  it('takes a count of what has arrived for the answers up to there', () => {
    const clock = new FakeClock();
    const pace = new Pace(clock, MOST_BYTES);
    pace.wrote(3000);
    expect(pace.asks()).toBe(true);
    pace.wrote(3000);
    expect(pace.asks()).toBe(true);
    expect(pace.clear).toBe(false);
    clock.advance(5);
    pace.arrivedUpTo(3000);
    expect([pace.inFlight, pace.clear]).toEqual([3000, true]);
    pace.arrivedUpTo(6000);
    expect(pace.inFlight).toBe(0);
    pace.arrivedUpTo(1_000_000);
    expect(pace.inFlight).toBe(0);
  });
});
