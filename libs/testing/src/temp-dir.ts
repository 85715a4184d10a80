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

/** Makes a directory of mode 0700. Its path is short: a Unix socket's may have 107 characters. */
export function tempDir(prefix = 'sm'): TempDir {
  const path = mkdtempSync(join(tmpdir(), `${prefix}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  // A test run that is cut short leaves nothing behind.
  process.once('exit', remove);
  return {
    path,
    file: (name) => join(path, name),
    dispose() {
      process.off('exit', remove);
      remove();
    },
  };
}
