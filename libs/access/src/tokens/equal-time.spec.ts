import { describe, expect, it } from 'vitest';
import { toNextStep } from '#access';
import { FakeClock, pause } from '#kernel';

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('toNextStep', () => {
  it.each([
    ['at once', 0, 100],
    ['after a while', 60, 100],
    ['later than one step', 130, 200],
  ])('ends work that is done %s at a whole step', async (_, workMs, expectedMs) => {
    const clock = new FakeClock();
    const startMs = clock.monotonic();
    let answeredMs: number | undefined;
    const work = async (): Promise<void> => {
      if (workMs > 0) await pause(clock, workMs);
      await toNextStep(clock, 100, startMs);
      answeredMs = clock.monotonic();
    };
    const done = work();
    for (let ms = 0; ms < 300; ms += 10) {
      await settle();
      if (answeredMs !== undefined) break;
      clock.advance(10);
    }
    await done;
    expect(answeredMs).toBe(expectedMs);
  });
});
