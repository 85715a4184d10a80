import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ShipmateError, type Clock } from '#kernel';
import type { Vault } from '#control';

/** Challenges at most, of some 200 bytes each: a certificate has up to 100 names. The first one goes then. */
const MOST_PASSING = 256;

/** The vault of a single process: a file for each lasting text, which its user alone may read; what has an end stays in memory. */
export class FileVault implements Vault {
  readonly #passing = new Map<string, { readonly text: string; readonly untilMs: number }>();

  constructor(
    private readonly dir: string,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  async get(name: string): Promise<string | undefined> {
    const passing = this.#passing.get(name);
    if (passing !== undefined) return this.clock.monotonic() < passing.untilMs ? passing.text : undefined;
    if (!isFileName(name)) return undefined;
    try {
      return readFileSync(this.#file(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unusable(this.#file(name), error);
    }
  }

  async put(name: string, text: string, forMs?: number): Promise<void> {
    if (forMs === undefined) this.#write(this.#file(name), text);
    else {
      const [first] = this.#passing.keys();
      if (this.#passing.size >= MOST_PASSING && first !== undefined) this.#passing.delete(first);
      this.#passing.set(name, { text, untilMs: this.clock.monotonic() + forMs });
    }
  }

  async drop(name: string): Promise<void> {
    if (!this.#passing.delete(name) && isFileName(name)) rmSync(this.#file(name), { force: true });
  }

  async takeTurn(): Promise<boolean> {
    return true;
  }

  async endTurn(): Promise<void> {}

  #file(name: string): string {
    return join(this.dir, `${name}.json`);
  }

  /** Whole or not at all. */
  #write(file: string, text: string): void {
    const beside = `${file}.new`;
    try {
      mkdirSync(this.dir, { recursive: true, mode: 0o700 });
      rmSync(beside, { force: true });
      const handle = openSync(beside, 'wx', 0o600);
      try {
        writeSync(handle, text);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      renameSync(beside, file);
    } catch (error) {
      throw unusable(file, error);
    }
  }
}

/** Names of challenges come from outside: none of them is a path. */
const isFileName = (name: string): boolean => /^[a-z]+$/.test(name);

const unusable = (file: string, error: unknown): ShipmateError =>
  new ShipmateError(
    'unavailable',
    `${file} cannot be used (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    {
      cause: error,
    },
  );
