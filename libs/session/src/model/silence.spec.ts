import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { SilenceWatch, type SilentWindow } from './silence.js';

describe('SilenceWatch', () => {
  function watch(...windows: SilentWindow[]): {
    clock: FakeClock;
    silence: SilenceWatch;
    silent: number[];
    windows: SilentWindow[];
  } {
    const clock = new FakeClock();
    const silent: number[] = [];
    const silence = new SilenceWatch(
      clock,
      () => windows.filter(({ uid }) => !silent.includes(uid)),
      (uid) => silent.push(uid),
    );
    silence.arm();
    return { clock, silence, silent, windows };
  }

  it('reports each window once its time without output is over', () => {
    const { clock, silence, silent } = watch({ uid: 1, seconds: 5 }, { uid: 2, seconds: 10 }, { uid: 3, seconds: 0 });
    clock.advance(4999);
    expect(silent).toEqual([]);
    clock.advance(1);
    expect(silent).toEqual([1]);
    silence.heard(2);
    clock.advance(9999);
    expect(silent).toEqual([1]);
    clock.advance(1);
    expect(silent).toEqual([1, 2]);
    clock.advance(100_000);
    expect(silent).toEqual([1, 2]);
  });

  it('counts from when a window begins to be watched', () => {
    const { clock, silence, silent, windows } = watch();
    clock.advance(60_000);
    windows.push({ uid: 7, seconds: 5 });
    silence.heard(7);
    silence.arm();
    clock.advance(4999);
    expect(silent).toEqual([]);
    windows.length = 0;
    silence.arm();
    clock.advance(60_000);
    expect(silent).toEqual([]);
  });
});
