import { filePolicyStore } from './policy-store.js';
import type { ChangingVault } from './vault.js';

/** Where a text is kept that several may change. Errors: `unavailable` and `timeout` when that is away. */
export interface TextStore {
  /** The text; undefined if there is none. */
  read(): Promise<string | undefined>;
  /** Replaces the text by what `make` makes of it, and returns that: nobody else changes it meanwhile. What `make` throws changes nothing. */
  change(make: (before: string | undefined) => string): Promise<string>;
}

/** A text of a fleet, by its name in the vault. */
export const vaultTextStore = (
  vault: Pick<ChangingVault, 'get' | 'change'>,
  name: 'locks' | 'sign-outs',
): TextStore => ({
  read: async () => await vault.get(name),
  change: async (make) => await vault.change(name, make),
});

/** A text of a single process, which it forgets when it ends. */
export function memoryTextStore(): TextStore {
  let text: string | undefined;
  return {
    read: async () => await Promise.resolve(text),
    change: async (make) => await Promise.resolve((text = make(text))),
  };
}

/** A text of a single process, in a file of its data directory, so that it outlives a restart. */
export function fileTextStore(file: string, what: string): TextStore {
  const store = filePolicyStore(file, what);
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
