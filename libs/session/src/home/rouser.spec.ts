import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { AGAIN_MS, GENTLE_BYTES, HARD_BYTES, NUDGE_MS, Rouser } from './rouser.js';

function make(): {
  clock: FakeClock;
  rouser: Rouser;
  roused: { at: number; bytes: number }[];
  flood: (ms: number) => void;
} {
  const clock = new FakeClock(0);
  const roused: { at: number; bytes: number }[] = [];
  const rouser = new Rouser(clock, (bytes) => roused.push({ at: clock.now(), bytes }));
  const flood = (ms: number): void => {
    for (let n = 0; n < ms; n++) {
      rouser.heard(4096);
      clock.advance(1);
    }
  };
  return { clock, rouser, roused, flood };
}

describe('Rouser', () => {
  it('leaves a host alone that answers its input', () => {
    const { clock, rouser, roused } = make();
    for (let key = 0; key < 20; key++) {
      rouser.sent();
      clock.advance(3);
      rouser.heard(60);
      clock.advance(200);
    }
    expect(roused).toEqual([]);
  });

  it('nudges one that stays quiet, once', () => {
    const { clock, rouser, roused } = make();
    rouser.sent();
    clock.advance(10_000);
    expect(roused).toEqual([{ at: NUDGE_MS, bytes: GENTLE_BYTES }]);
  });

  it('counts the silence from the last input', () => {
    const { clock, rouser, roused } = make();
    for (let key = 0; key < 5; key++) {
      rouser.sent();
      clock.advance(NUDGE_MS - 1);
    }
    clock.advance(1);
    expect(roused).toEqual([{ at: 5 * NUDGE_MS - 4, bytes: GENTLE_BYTES }]);
  });

  it('rouses a busy one with its input, and again while it goes on', () => {
    const { clock, rouser, roused, flood } = make();
    flood(100);
    const began = clock.now();
    rouser.sent();
    flood(1000);
    let at = 0;
    const times = [0, ...AGAIN_MS.map((ms) => (at += ms))];
    expect(roused).toEqual(times.map((ms) => ({ at: began + ms, bytes: HARD_BYTES })));
  });

  it('does not leave input lying when a busy one falls silent', () => {
    const { clock, rouser, roused, flood } = make();
    flood(100);
    rouser.sent();
    flood(13);
    const spoke = clock.now() - 1;
    clock.advance(10_000);
    const last = roused.at(-1);
    expect(last?.bytes).toBe(GENTLE_BYTES);
    expect(last?.at).toBeGreaterThan(spoke);
    expect((last?.at ?? 0) - spoke).toBeLessThan(Math.max(...AGAIN_MS) + NUDGE_MS);
  });

  it('sends a host no more than a share of what it sent', () => {
    const { clock, rouser, roused } = make();
    let heard = 0;
    for (let key = 0; key < 500; key++) {
      rouser.heard(500);
      heard += 500;
      rouser.sent();
      clock.advance(5);
    }
    const hard = roused.filter(({ bytes }) => bytes === HARD_BYTES).length;
    expect(hard * HARD_BYTES).toBeLessThanOrEqual(heard / 8);
    expect(hard).toBeGreaterThan(0);
  });

  it('is quiet once disposed of', () => {
    const { clock, rouser, roused } = make();
    rouser.sent();
    rouser.dispose();
    clock.advance(1000);
    expect(roused).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
