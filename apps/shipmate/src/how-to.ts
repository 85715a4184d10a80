import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { tmateConf } from '#edge';
import type { Config, Log } from '#platform';
import type { Fingerprints } from '#ssh';

/**
 * Writes `tmate.conf` into the data directory, completely or not at all, and returns its path as a user would type it. The file
 * is for convenience: if it cannot be written, the log reports it, and the server still serves it at `/tmate.conf`.
 */
export function writeTmateConf(config: Config, fingerprints: Fingerprints, log: Pick<Log, 'warn'>): string {
  const file = join(config.dataDir, 'tmate.conf');
  const beside = `${file}.new`;
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(beside, tmateConf(config, fingerprints), { mode: 0o644 });
    renameSync(beside, file);
  } catch (error) {
    removed(beside);
    log.warn('tmate-conf-not-written', { file, why: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
}

/** Half of a file must not stay. */
function removed(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where nothing can be removed, nothing was written.
  }
}

/** What a person at the server's terminal reads when it is ready. */
export function howTo(config: Pick<Config, 'bind' | 'sshPort' | 'httpPort' | 'webUrl'>, conf: string): string {
  return `
Shipmate is ready: SSH on ${config.bind}:${config.sshPort}, the web on ${config.bind}:${config.httpPort}.

  Share a terminal    tmate -f ${conf}
  Join it             with the link or the ssh command that tmate shows; again: tmate show-messages
  All of this         ${config.webUrl}/

`;
}
