/** Without imports of files: it is needed when no more files can be opened. */
import { existsSync, readFileSync } from 'node:fs';

/** As sysexits.h has it: something that is needed is not available. */
export const EX_UNAVAILABLE = 69;

/** Loading takes some hundred at once; each connection is one more. */
const FILES = 4096;

/**
 * Below this, nothing starts. Node 20 opens about 100 files at once to load a command and then fails; later versions load one
 * file after the other, and would serve some 10 connections before they refuse the next one.
 */
const FEWEST_TO_START = 128;

/**
 * How many files a process may open, from the text of `/proc/self/limits`; undefined if that does not say. Node raises the soft
 * limit to the hard one by itself, so the hard one counts.
 */
export function maxOpenFiles(limits: string): number | undefined {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === undefined) return undefined;
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Throws, with the code EMFILE, if this process may open too few files to start. Does nothing on systems without `/proc`. */
export function checkMaxOpenFiles(): void {
  const limits = '/proc/self/limits';
  const max = existsSync(limits) ? maxOpenFiles(readFileSync(limits, 'utf8')) : undefined;
  if (max === undefined || max >= FEWEST_TO_START) return;
  throw Object.assign(new Error(`${max} files may be open`), { code: 'EMFILE' });
}

/** What to do if a process may open too few files to load its program; undefined if it failed for another reason. */
export function tooFewFiles(error: unknown): string | undefined {
  const { code } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (code !== 'EMFILE' && code !== 'ENFILE') return undefined;
  const who = code === 'EMFILE' ? 'This process' : 'This machine';
  const how = code === 'EMFILE' ? `ulimit -n ${FILES}, or LimitNOFILE=${FILES} for systemd` : 'sysctl fs.file-max';
  return `${who} may not open enough files. Raise the limit: ${how}. Each connection is a file.`;
}
