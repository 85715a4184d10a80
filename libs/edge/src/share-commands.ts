import type { HostSecrets } from '#access';
import type { SessionId } from '#kernel';
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

/** The commands and links that people join by; `withWeb`: pages are served at `SHIPMATE_WEB_URL`. */
export function joinCommands(config: Config, withWeb: boolean): JoinCommands {
  return {
    ssh: (token) => sshCommand(config, token),
    ...(withWeb ? { web: (token: string) => webLink(config, token) } : {}),
  };
}

/** What hosts get: how to join, and links to pages. Their secrets are in the fragment, which browsers send to no server. */
export function hostCommands(config: Config, withWeb: boolean, secrets: HostSecrets): JoinCommands {
  const hostPage = (session: SessionId): string => `${config.webUrl}/host#${secrets.of(session)}`;
  const decide = (secret: string): string => `${config.webUrl}/decide#${secret}`;
  return { ...joinCommands(config, withWeb), ...(withWeb ? { hostPage, decide } : {}) };
}

/** The lines of a `tmate.conf` that make a stock tmate a host of this server. */
export function tmateConf(config: Pick<Config, 'sshHost' | 'sshPublicPort'>, fingerprints: Fingerprints): string {
  return [
    `set -g tmate-server-host ${config.sshHost}`,
    `set -g tmate-server-port ${config.sshPublicPort}`,
    ...fingerprintLines(fingerprints),
    '',
  ].join('\n');
}

/** The lines of a `tmate.conf` with which a stock tmate recognizes the server, one for each kind of key. */
export function fingerprintLines(fingerprints: Fingerprints): string[] {
  return Object.entries(fingerprints).map(
    ([kind, text]: [string, string]) => `set -g tmate-server-${kind}-fingerprint "${text}"`,
  );
}
