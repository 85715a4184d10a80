import { describe, expect, it } from 'vitest';
import { inEqualTime } from '#access';
import { FakeClock } from '#kernel';

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('inEqualTime', () => {
  it.each([
    ['at once', 0, 100],
    ['after a while', 60, 100],
    ['later than one step', 130, 200],
  ])('answers work that ends %s at a whole step', async (_, workMs, expectedMs) => {
    const clock = new FakeClock();
    let answeredMs: number | undefined;
    const work = async (): Promise<string> => {
      if (workMs > 0) await new Promise<void>((resolve) => clock.after(workMs, resolve));
      return 'found';
    };
    const answer = inEqualTime(clock, 100, work).then((value) => {
      answeredMs = clock.monotonic();
      return value;
    });
    for (let ms = 0; ms < 300; ms += 10) {
      await settle();
      if (answeredMs !== undefined) break;
      clock.advance(10);
    }
    expect(await answer).toBe('found');
    expect(answeredMs).toBe(expectedMs);
  });

  it('fails as late as it succeeds', async () => {
    const clock = new FakeClock();
    const fault = new Error('no');
    let caught: unknown;
    void inEqualTime(clock, 100, async () => {
      throw fault;
    }).catch((error: unknown) => (caught = error));
    await settle();
    clock.advance(99);
    await settle();
    expect(caught).toBeUndefined();
    clock.advance(1);
    await settle();
    expect(caught).toBe(fault);
  });
});
