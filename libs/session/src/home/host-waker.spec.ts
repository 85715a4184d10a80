import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { AGAIN_MS, GENTLE_BYTES, HARD_BYTES, NUDGE_MS, HostWaker } from './host-waker.js';

function make(): {
  clock: FakeClock;
  waker: HostWaker;
  sent: { at: number; bytes: number }[];
  flood: (ms: number) => void;
} {
  const clock = new FakeClock(0);
  const sent: { at: number; bytes: number }[] = [];
  const waker = new HostWaker(clock, (bytes) => sent.push({ at: clock.now(), bytes }));
  const flood = (ms: number): void => {
    for (let n = 0; n < ms; n++) {
      waker.heard(4096);
      clock.advance(1);
    }
  };
  return { clock, waker, sent, flood };
}

describe('HostWaker', () => {
  it('does not wake a host that answers its input', () => {
    const { clock, waker, sent } = make();
    for (let key = 0; key < 20; key++) {
      waker.sent();
      clock.advance(3);
      waker.heard(60);
      clock.advance(200);
    }
    expect(sent).toEqual([]);
  });

  it('nudges one that stays quiet, once', () => {
    const { clock, waker, sent } = make();
    waker.sent();
    clock.advance(10_000);
    expect(sent).toEqual([{ at: NUDGE_MS, bytes: GENTLE_BYTES }]);
  });

  it('counts the silence from the last input', () => {
    const { clock, waker, sent } = make();
    for (let key = 0; key < 5; key++) {
      waker.sent();
      clock.advance(NUDGE_MS - 1);
    }
    clock.advance(1);
    expect(sent).toEqual([{ at: 5 * NUDGE_MS - 4, bytes: GENTLE_BYTES }]);
  });

  it('wakes a busy one with its input, and again while it stays busy', () => {
    const { clock, waker, sent, flood } = make();
    flood(100);
    const began = clock.now();
    waker.sent();
    flood(1000);
    let at = 0;
    const times = [0, ...AGAIN_MS.map((ms) => (at += ms))];
    expect(sent).toEqual(times.map((ms) => ({ at: began + ms, bytes: HARD_BYTES })));
  });

  it('does not leave input lying when a busy one falls silent', () => {
    const { clock, waker, sent, flood } = make();
    flood(100);
    waker.sent();
    flood(13);
    const spoke = clock.now() - 1;
    clock.advance(10_000);
    const last = sent.at(-1);
    expect(last?.bytes).toBe(GENTLE_BYTES);
    expect(last?.at).toBeGreaterThan(spoke);
    expect((last?.at ?? 0) - spoke).toBeLessThan(Math.max(...AGAIN_MS) + NUDGE_MS);
  });

  it('sends a host no more than a share of what it sent', () => {
    const { clock, waker, sent } = make();
    let heard = 0;
    for (let key = 0; key < 500; key++) {
      waker.heard(500);
      heard += 500;
      waker.sent();
      clock.advance(5);
    }
    const hard = sent.filter(({ bytes }) => bytes === HARD_BYTES).length;
    expect(hard * HARD_BYTES).toBeLessThanOrEqual(heard / 8);
    expect(hard).toBeGreaterThan(0);
  });

  it('is quiet once disposed of', () => {
    const { clock, waker, sent } = make();
    waker.sent();
    waker.dispose();
    clock.advance(1000);
    expect(sent).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
