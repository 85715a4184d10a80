import ssh2 from 'ssh2';
import type { Client, ConnectConfig } from 'ssh2';
import { within } from './until.js';

/** Where a synthetic host or joiner connects to. */
export interface SyntheticTarget {
  readonly port: number;
  readonly host?: string;
  /** Compression as OpenSSH's `-C` asks for it; the stock tmate client does. */
  readonly compress?: boolean;
  /** Further settings of ssh2, as a private key. */
  readonly ssh?: Partial<ConnectConfig>;
}

/** Logs in to the server under test as `username` with no credentials but those of `target.ssh`. */
export async function connectSsh(username: string, target: SyntheticTarget): Promise<Client> {
  const client = new ssh2.Client();
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('the server closed the connection before the login was done')));
  });
  client.on('error', () => undefined); // A connection that the server resets is what tests of bad input provoke.
  client.connect({
    host: target.host ?? '127.0.0.1',
    port: target.port,
    username,
    authHandler: ['none', 'publickey'],
    readyTimeout: 40_000,
    algorithms: { compress: target.compress === true ? ['zlib@openssh.com', 'none'] : ['none'] },
    ...target.ssh,
  });
  client.setNoDelay(true);
  try {
    await within(ready, `the login of ${username.slice(0, 40)}`);
  } catch (error) {
    client.destroy();
    throw error;
  }
  return client;
}
