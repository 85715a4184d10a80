import { readFileSync } from 'node:fs';
import { ShipmateError } from '#kernel';
import type { Vault } from './vault.js';
import { writeWhole } from './write-whole.js';

/** Where the API keeps the operator's policy. Errors: `unavailable` and `timeout` when that is away. */
export interface PolicyStore {
  /** The policy's text; undefined if there is none. */
  read(): Promise<string | undefined>;
  /** Keeps a text in place of the one before; empty: none. */
  write(text: string): Promise<void>;
}

const NAME = 'policy';

/** The policy of a fleet. */
export function vaultPolicyStore(vault: Vault): PolicyStore {
  return {
    read: async () => await vault.get(NAME),
    write: async (text) => await (text === '' ? vault.drop(NAME) : vault.put(NAME, text)),
  };
}

/** The policy of a single process, in a file of its data directory, so that it outlives a restart. */
export function filePolicyStore(file: string, what = 'policy'): PolicyStore {
  return {
    read: async () => {
      try {
        return await Promise.resolve(readFileSync(file, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new ShipmateError('config', `SHIPMATE_DATA_DIR: the ${what} in ${file} cannot be read`, { cause: error });
      }
    },
    write: async (text) => {
      try {
        writeWhole(file, text);
        await Promise.resolve();
      } catch (error) {
        const why = (error as NodeJS.ErrnoException).code ?? String(error);
        const text = `the ${what} cannot be written to ${file} (${why}): nothing was changed`;
        throw new ShipmateError('unavailable', text, { cause: error });
      }
    },
  };
}
