import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of a test's own. */
export interface TempDir {
  readonly path: string;
  /** The path of `name` in it. */
  file(name: string): string;
  /** Removes it with all that is in it. */
  dispose(): void;
}

const inUse = new Set<string>();
// A test run that is cut short leaves nothing behind.
process.on('exit', () => {
  for (const path of inUse) remove(path);
});

/** How often a directory is emptied in which a program that is about to end still makes files. */
const MOST_TRIES = 40;

function remove(path: string): void {
  // Node's own tries (`maxRetries`) do not empty the directory again.
  for (let tried = 1; ; tried++) {
    try {
      return rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (tried === MOST_TRIES || !(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY'))
        throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 * tried);
    }
  }
}

/** Makes a directory of mode 0700. Its path is short: a Unix socket's may have 107 characters. */
export function tempDir(prefix = 'sm'): TempDir {
  const path = mkdtempSync(join(tmpdir(), `${prefix}-`));
  inUse.add(path);
  return {
    path,
    file: (name) => join(path, name),
    dispose() {
      inUse.delete(path);
      remove(path);
    },
  };
}
