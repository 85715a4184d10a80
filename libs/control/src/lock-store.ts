import { filePolicyStore } from './policy-store.js';
import type { ChangingVault } from './vault.js';

/** Where the operator's locks are kept. Errors: `unavailable` and `timeout` when that is away. */
export interface LockStore {
  /** The locks' text; undefined if there is none. */
  read(): Promise<string | undefined>;
  /** Replaces the text by what `make` makes of it, and returns that: nobody else changes it meanwhile. What `make` throws changes nothing. */
  change(make: (before: string | undefined) => string): Promise<string>;
}

const NAME = 'locks';

/** The locks of a fleet. */
export const vaultLockStore = (vault: Pick<ChangingVault, 'get' | 'change'>): LockStore => ({
  read: async () => await vault.get(NAME),
  change: async (make) => await vault.change(NAME, make),
});

/** The locks of a single process, in a file of its data directory, so that they outlive a restart. */
export function fileLockStore(file: string): LockStore {
  const store = filePolicyStore(file, 'locks');
  let last: Promise<unknown> = Promise.resolve();
  return {
    read: async () => await store.read(),
    change: async (make) => {
      const changed = last.then(async () => {
        const text = make(await store.read());
        await store.write(text);
        return text;
      });
      // The next one does not depend on whether this one worked.
      last = changed.catch(() => undefined);
      return await changed;
    },
  };
}
