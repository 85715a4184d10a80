import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { HostWait } from './host-wait.js';

describe('HostWait', () => {
  it('ticks each second and is over once', () => {
    const clock = new FakeClock();
    const calls: string[] = [];
    const wait: HostWait = new HostWait(
      clock,
      () => void calls.push(`${wait.leftMs ?? 'none'}`),
      () => void calls.push('over'),
    );
    expect(wait.leftMs).toBeUndefined();
    wait.start(2500);
    clock.advance(10_000);
    expect(calls).toEqual(['2500', '1500', '500', 'over']);
    expect(wait.leftMs).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('starts again, and stops', () => {
    const clock = new FakeClock();
    let overs = 0;
    const wait = new HostWait(
      clock,
      () => undefined,
      () => (overs += 1),
    );
    wait.start(1000);
    clock.advance(900);
    wait.start(1000);
    clock.advance(900);
    expect([overs, wait.leftMs]).toEqual([0, 100]);
    wait.stop();
    clock.advance(10_000);
    expect([overs, wait.leftMs]).toEqual([0, undefined]);
  });
});
