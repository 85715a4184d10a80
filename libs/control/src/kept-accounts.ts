import { readFileSync } from 'node:fs';
import { ShipmateError } from '#kernel';
import { MemoryAccounts, type SavedAccounts } from './memory-accounts.js';
import { writeWhole } from './write-whole.js';

/**
 * The accounts of a single process, kept in a file (mode 0600), so that API keys survive a restart; it contains only hashes.
 * `wrote` is called after each write, with the reason if it failed. Throws `config` if the file cannot be read.
 */
export function keptAccounts(
  file: string,
  wrote: (fault: ShipmateError | undefined) => void = () => undefined,
): MemoryAccounts {
  return new MemoryAccounts(readAccounts(file), (all) => {
    try {
      writeWhole(file, `${JSON.stringify(all)}\n`);
      wrote(undefined);
    } catch (error) {
      const fault = unwritable(file, error);
      wrote(fault);
      throw fault;
    }
  });
}

/** The contents of `file`; undefined if there is no file. Throws `config` if it cannot be read. */
export function readAccounts(file: string): SavedAccounts | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, error);
  }
  try {
    const { users, credentials } = JSON.parse(text) as Partial<SavedAccounts>;
    if (!Array.isArray(users) || !Array.isArray(credentials)) throw new Error('it has no users');
    return { users, credentials };
  } catch (error) {
    throw unusable(file, error);
  }
}

const unwritable = (file: string, cause: unknown): ShipmateError => {
  const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new ShipmateError('unavailable', `the accounts cannot be written to ${file} (${why}): nothing was changed`, {
    cause,
  });
};

const unusable = (file: string, cause: unknown): ShipmateError =>
  new ShipmateError('config', `SHIPMATE_DATA_DIR: the accounts in ${file} cannot be read`, { cause });
