import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.js';
import { Timeout } from './timeout.js';

describe('Timeout', () => {
  it('calls once, and only the newest call', () => {
    const clock = new FakeClock();
    const timeout = new Timeout(clock);
    const calls: string[] = [];
    timeout.start(10, () => calls.push('first'));
    timeout.start(20, () => calls.push('second'));
    timeout.startIfIdle(5, () => calls.push('third'));
    expect(timeout.running).toBe(true);
    clock.advance(100);
    expect(calls).toEqual(['second']);
    expect(timeout.running).toBe(false);
  });

  it('may be restarted by its own call, and cancelled', () => {
    const clock = new FakeClock();
    const timeout = new Timeout(clock);
    let calls = 0;
    const again = (): void => timeout.start(10, () => ((calls += 1), again()));
    again();
    clock.advance(35);
    expect(calls).toBe(3);
    timeout.cancel();
    clock.advance(100);
    expect(calls).toBe(3);
    expect(clock.pending).toBe(0);
  });
});
