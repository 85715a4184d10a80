import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ShipmateError } from '#kernel';
import { MemoryAccounts, type SavedAccounts } from './memory-accounts.js';

/**
 * The accounts of a single process, kept in a file (mode 0600) so that API keys outlive its restart; only hashes are in it.
 * Throws `config` when the file cannot be read.
 */
export function keptAccounts(file: string): MemoryAccounts {
  return new MemoryAccounts(read(file), (all) => write(file, all));
}

function read(file: string): SavedAccounts | undefined {
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
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(all)}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.${process.pid}`, file);
  } catch (error) {
    throw new ShipmateError('unavailable', `the accounts cannot be written to ${file}`, { cause: error });
  }
}

const unusable = (file: string, cause: unknown): ShipmateError =>
  new ShipmateError('config', `SHIPMATE_DATA_DIR: the accounts in ${file} cannot be read`, { cause });
