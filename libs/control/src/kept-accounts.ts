import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ShipmateError } from '#kernel';
import { MemoryAccounts, type SavedAccounts } from './memory-accounts.js';

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
      write(file, all);
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

/** Whole or not at all: a crash leaves the file as it was. */
function write(file: string, all: SavedAccounts): void {
  const beside = `${file}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // One that a crash has left may be others' to read.
    rmSync(beside, { force: true });
    writeFileSync(beside, `${JSON.stringify(all)}\n`, { mode: 0o600, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
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
