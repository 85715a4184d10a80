import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MemoryLimiter } from '#access';
import { hostFaults } from './host-faults.js';
import { FAULT_LIMITS } from './failure-limits.js';

describe('hosts whose sessions end by faults', () => {
  it('wait after a few of them, by address or key, and others do not', async () => {
    const clock = new FakeClock();
    const told: string[] = [];
    const limiter = new MemoryLimiter(clock, FAULT_LIMITS);
    const faults = hostFaults(
      limiter,
      (limit, address) => told.push(`${limit} ${address}`),
      (error) => expect.unreachable(String(error)),
    );
    const host = { address: '192.0.2.1', key: 'SHA256:x' };
    for (let n = 0; n < 3; n++) {
      await faults.check(host);
      faults.happened(host);
    }
    await expect(faults.check(host)).rejects.toThrow(
      /^Your sessions ended because of faults in this server: try again in /,
    );
    await expect(faults.check({ address: '192.0.2.2', key: 'SHA256:x' })).rejects.toThrow(/try again/);
    await expect(faults.check({ address: '192.0.2.1' })).rejects.toThrow(/try again/);
    await faults.check({ address: '192.0.2.2' });
    expect(told).toEqual(['session-faults 192.0.2.1', 'session-faults 192.0.2.2', 'session-faults 192.0.2.1']);
    clock.advance(60_000);
    await faults.check(host);
  });
});
