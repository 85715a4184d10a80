import { FakeClock } from '#kernel';
import { quotaStoreContract } from '#testing';
import { MemoryQuotaStore } from './memory-quota-store.js';

quotaStoreContract('MemoryQuotaStore', async () => {
  const clock = new FakeClock();
  const store = new MemoryQuotaStore(clock);
  return {
    connect: async () => store,
    advance: async (ms) => clock.advance(ms),
    dispose: async () => undefined,
  };
});
