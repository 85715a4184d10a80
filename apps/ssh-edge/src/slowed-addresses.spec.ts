import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { SlowedAddresses } from './slowed-addresses.js';

const HERE = '192.0.2.1';

describe('addresses that must wait', () => {
  it('connect as they like before and after, and once a second meanwhile', () => {
    const clock = new FakeClock();
    const slowed = new SlowedAddresses(clock);
    const connections = (times: number): number =>
      Array.from({ length: times }, () => slowed.connect(HERE)).filter((against) => against === undefined).length;
    expect(connections(100)).toBe(100);
    slowed.add(HERE, 60_000);
    expect(connections(100)).toBe(20);
    expect(slowed.connect('192.0.2.2')).toBeUndefined();
    expect(slowed.connect(HERE)).toMatchObject({ limit: 'handshakes-per-address', retryAfterMs: 1000 });
    clock.advance(5_000);
    expect(connections(100)).toBe(5);
    clock.advance(55_000);
    expect(connections(100)).toBe(100);
    expect(slowed.size).toBe(0);
  });

  it('are a bounded number, of which the oldest are let go', () => {
    const slowed = new SlowedAddresses(new FakeClock());
    for (let n = 0; n < 10_050; n++) slowed.add(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 1000);
    expect(slowed.size).toBe(10_000);
  });
});
