import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MAX_PENALIZED, MAX_PENALTY_MS, MIN_PENALTY_MS, PENALTIES_MS, SourcePenalties } from './source-penalties.js';

const penalties = (clock = new FakeClock()) => ({
  clock,
  penalties: new SourcePenalties(clock, (address) => address === '127.0.0.1'),
});

describe('penalties of an address', () => {
  it('add up, are forgiven while they are small, and pass', () => {
    const { clock, penalties: those } = penalties();
    those.add('203.0.113.7', 'auth-failed');
    those.add('203.0.113.7', 'auth-failed');
    expect(those.leftMs('203.0.113.7')).toBeUndefined();
    those.add('203.0.113.7', 'auth-failed');
    expect(those.leftMs('203.0.113.7')).toBe(3 * (PENALTIES_MS['auth-failed'] ?? 0));
    expect(those.leftMs('203.0.113.8')).toBeUndefined();
    clock.advance(1);
    expect(those.leftMs('203.0.113.7')).toBeUndefined();
  });

  it('end, whatever came together, and count for the whole /64', () => {
    const { clock, penalties: those } = penalties();
    for (let n = 0; n < 1000; n++) those.add('2001:db8:1:2::3', 'handshake-timeout');
    expect(those.leftMs('2001:db8:1:2:ffff::1')).toBe(MAX_PENALTY_MS);
    clock.advance(MAX_PENALTY_MS - MIN_PENALTY_MS + 1);
    expect(those.leftMs('2001:db8:1:2::3')).toBeUndefined();
  });

  it('are not for what people do, nor for an address of many', () => {
    const { penalties: those } = penalties();
    for (let n = 0; n < 1000; n++) {
      for (const reason of ['closed-by-peer', 'reset', 'closed', 'keepalive', 'internal'] as const) {
        those.add('203.0.113.7', reason);
      }
      those.add('127.0.0.1', 'protocol');
    }
    expect(those.leftMs('203.0.113.7')).toBeUndefined();
    expect(those.leftMs('127.0.0.1')).toBeUndefined();
  });

  it('are remembered of so many', () => {
    const { penalties: those } = penalties();
    const address = (n: number): string => `2001:db8:${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}::1`;
    for (let n = 0; n <= MAX_PENALIZED; n++) for (let m = 0; m < 2; m++) those.add(address(n), 'handshake-timeout');
    expect(those.leftMs(address(0))).toBeUndefined();
    expect(those.leftMs(address(1))).toBeDefined();
  });
});
