import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that nobody else may read (mode 0600), whole or not at all: a crash leaves it as it was. Creates its folder. Throws the
 * system's error.
 */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // One that a crash has left may be others' to read.
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { mode: 0o600, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
