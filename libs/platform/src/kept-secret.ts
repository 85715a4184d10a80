import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ShipmateError } from '#kernel';
import type { Config } from './config.js';
import { Secret } from './secret.js';

const SECRET_BYTES = 32;
/** A file that a crash or a person left with less is no secret. */
const FEWEST_CHARS = 16;

/**
 * The secret kept in `file`; created there (256 random bits as base64url, mode 0600) if it does not exist. If several processes
 * start at the same time, one creates it and all get the same. Throws `config` if the file cannot be used.
 */
export function keptSecret(file: string): Secret {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return new Secret(read(file) ?? make(file));
  } catch (error) {
    if (error instanceof ShipmateError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ShipmateError('config', `SHIPMATE_DATA_DIR: cannot keep a secret in ${file} (${reason})`, {
      cause: error,
    });
  }
}

/** What a fleet shares: `SHIPMATE_SECRET`, else what the data directory keeps. Throws `config` as `keptSecret` does. */
export function fleetSecret({ secret, dataDir }: Pick<Config, 'secret' | 'dataDir'>): Secret {
  return secret ?? keptSecret(join(dataDir, 'secret'));
}

function read(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (text.length >= FEWEST_CHARS) return text;
  throw new ShipmateError(
    'config',
    `${file} holds fewer than ${FEWEST_CHARS} characters: remove it, or write a secret into it`,
  );
}

/** Writes a complete file next to it and links it into place: nobody ever reads half a secret, and the first one stays. */
function make(file: string): string {
  const text = randomBytes(SECRET_BYTES).toString('base64url');
  const beside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const handle = openSync(beside, 'wx', 0o600);
  try {
    writeSync(handle, `${text}\n`);
    fsyncSync(handle);
    linkSync(beside, file);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const theirs = read(file);
    if (theirs === undefined) throw error;
    return theirs;
  } finally {
    closeSync(handle);
    rmSync(beside, { force: true });
  }
}
