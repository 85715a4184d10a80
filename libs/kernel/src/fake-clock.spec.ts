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
});
