import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { signInStoreContract } from '#testing';
import { MAX_KEPT_SIGN_INS, MemorySignInStore } from './memory-sign-in-store.js';

signInStoreContract('memory', async () => {
  const clock = new FakeClock();
  const store = new MemorySignInStore(clock);
  return {
    connect: async () => store,
    advance: async (ms) => clock.advance(ms),
    dispose: async () => {},
  };
});

describe('MemorySignInStore', () => {
  it('keeps a bounded number of texts of a kind, those that were put last', async () => {
    const store = new MemorySignInStore(new FakeClock());
    await store.put('key', 'other kind', 'kept', 60_000);
    for (let i = 0; i <= MAX_KEPT_SIGN_INS; i++) await store.put('browser', String(i), 'text', 60_000);
    expect(await store.get('browser', '0')).toBeUndefined();
    expect(await store.get('browser', '1')).toBe('text');
    expect(await store.get('key', 'other kind')).toBe('kept');
  });
});
