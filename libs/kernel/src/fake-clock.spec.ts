import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';

describe('FakeClock', () => {
  it('runs what falls due, in order of time, and nothing else', () => {
    const clock = new FakeClock(0);
    const ran: string[] = [];
    clock.after(20, () => ran.push('late'));
    clock.after(10, () => {
      ran.push('early');
      clock.after(5, () => ran.push('added on the way'));
    });
    clock.after(10, () => ran.push('never')).cancel();
    clock.advance(15);
    expect(ran).toEqual(['early', 'added on the way']);
    expect(clock.pending).toBe(1);
    clock.advance(5);
    expect(ran).toEqual(['early', 'added on the way', 'late']);
    expect(clock.now()).toBe(20);
  });

  it('gets ahead where somebody waits again and again for a rest too small to show on the clock', () => {
    const clock = new FakeClock();
    const untilMs = clock.monotonic() + 10.00001;
    let waits = 0;
    const wait = (): void => {
      const leftMs = untilMs - clock.monotonic();
      if (leftMs <= 0) return;
      if (++waits > 100) throw new Error('it stands still');
      clock.after(leftMs, wait);
    };
    wait();
    clock.advance(20);
    expect(waits).toBeLessThan(3);
  });
});
