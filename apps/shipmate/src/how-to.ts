import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { tmateConf } from '#edge';
import type { Config } from '#platform';
import type { Fingerprints } from '#ssh';

/** Writes `tmate.conf` into the data directory, whole or not at all, and answers its path as a user would type it. */
export function writeTmateConf(config: Config, fingerprints: Fingerprints): string {
  const file = join(config.dataDir, 'tmate.conf');
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.${process.pid}`, tmateConf(config, fingerprints), { mode: 0o644 });
  renameSync(`${file}.${process.pid}`, file);
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
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
