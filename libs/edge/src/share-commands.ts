import type { Config } from '#platform';
import type { JoinCommands } from '#session';
import type { Fingerprints } from '#ssh';

const SSH_PORT = 22;

/** What a joiner types: `ssh -p2222 TOKEN@host`, and no `-p` for the port that ssh takes anyway. */
export function sshCommand(config: Pick<Config, 'sshHost' | 'sshPublicPort'>, token: string): string {
  const port = config.sshPublicPort === SSH_PORT ? '' : `-p${config.sshPublicPort} `;
  return `ssh ${port}${token}@${config.sshHost}`;
}

/** What a joiner opens in a browser. A name's slash stays one. */
export function webLink({ webUrl }: Pick<Config, 'webUrl'>, token: string): string {
  return `${webUrl}/t/${token}`;
}

/** What hosts are told; `withWeb`: pages are served where `SHIPMATE_WEB_URL` says. */
export function joinCommands(config: Config, withWeb: boolean): JoinCommands {
  return {
    ssh: (token) => sshCommand(config, token),
    ...(withWeb ? { web: (token: string) => webLink(config, token) } : {}),
  };
}

/** What makes a stock tmate a host of this server, as lines of a `tmate.conf`. */
export function tmateConf(config: Pick<Config, 'sshHost' | 'sshPublicPort'>, fingerprints: Fingerprints): string {
  return [
    `set -g tmate-server-host ${config.sshHost}`,
    `set -g tmate-server-port ${config.sshPublicPort}`,
    ...fingerprintLines(fingerprints),
    '',
  ].join('\n');
}

/** The lines of a `tmate.conf` by which a stock tmate knows the server, a line for each kind of key. */
export function fingerprintLines(fingerprints: Fingerprints): string[] {
  return Object.entries(fingerprints).map(
    ([kind, text]: [string, string]) => `set -g tmate-server-${kind}-fingerprint "${text}"`,
  );
}
