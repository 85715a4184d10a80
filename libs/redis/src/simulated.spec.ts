import { FakeClock } from '#kernel';

import type { DirectoryTimings } from '#directory';
import { MemoryBus } from '#relay';
import { directoryContract } from '#testing';
import { simulatedDirectory, SimulatedStore } from './simulated.fixture.js';

/** Shorter than tokens that a session gave up are remembered. */
const TIMINGS: DirectoryTimings = { edgeLeaseMs: 15_000, closedMemoryMs: 3_600_000 };

directoryContract('a simulated Redis', async () => {
  const clock = new FakeClock();
  const store = new SimulatedStore(clock);
  const bus = new MemoryBus();
  const way = {
    reach: async <T>(_: string, work: (store: SimulatedStore) => T): Promise<T> => {
      await Promise.resolve();
      return work(store);
    },
  };
  return {
    connect: async () => simulatedDirectory(way, clock, bus, TIMINGS),
    timings: TIMINGS,
    advance: async (ms) => clock.advance(ms),
    dispose: async () => undefined,
  };
});
