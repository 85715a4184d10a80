import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isShipmateError } from '#kernel';
import type { Config } from '#platform';
import { HostKeys } from '#ssh';
import { fail, ok, reasonOf, unknown, warn, type Finding } from './finding.js';

const KEY_FILES = ['ssh_host_ed25519_key', 'ssh_host_rsa_key'];

/** The host keys: whether they can be read or made, and their fingerprints. Makes none. */
export async function checkHostKeys({ hostKeysDir }: Config): Promise<readonly Finding[]> {
  const files = KEY_FILES.map((name) => join(hostKeysDir, name));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    const unwritable = whyUnwritable(hostKeysDir);
    return [
      unwritable === undefined
        ? ok('host keys', `${missing.join(' and ')} will be made at the first start`)
        : fail(
            'host keys',
            `${missing.join(' and ')} cannot be made (${unwritable})`,
            'Make the directory writable, or put keys there: ssh-keygen -t ed25519 -N "" -f ssh_host_ed25519_key, and the same with rsa.',
          ),
    ];
  }
  try {
    const { ed25519, rsa } = (await HostKeys.load(hostKeysDir)).fingerprints;
    const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0);
    return [
      ok('host keys', `ed25519 ${ed25519}, rsa ${rsa}`),
      ...open.map((file) => warn('host keys', `others may read ${file}`, `chmod 600 ${file}`)),
    ];
  } catch (error) {
    if (!isShipmateError(error, 'config')) throw error;
    return [
      fail(
        'host keys',
        error.message,
        'Put a key without a passphrase there, in the format of OpenSSH or PEM, or remove the file to have one made.',
      ),
    ];
  }
}

/** The data directory: what is made at the first start must be there at the next. */
export function checkDataDir({ dataDir, secret, adminToken }: Config): readonly Finding[] {
  const unwritable = whyUnwritable(dataDir);
  if (unwritable === undefined) return [ok('data directory', resolve(dataDir))];
  // A read-only container that is told all secrets needs none.
  if (secret !== undefined && adminToken !== undefined)
    return [ok('data directory', `${dataDir} is not writable, and need not be`)];
  return [
    fail(
      'data directory',
      `${resolve(dataDir)} cannot be written (${unwritable})`,
      'Make it writable for this user, or set SHIPMATE_DATA_DIR to a directory that is; or set SHIPMATE_SECRET and SHIPMATE_ADMIN_TOKEN.',
    ),
  ];
}

/** Why nothing can be made in a directory; of one that is not there, in the next one above that is. */
function whyUnwritable(directory: string): string | undefined {
  let there = resolve(directory);
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    if (!statSync(there).isDirectory()) return 'ENOTDIR';
    accessSync(there, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Connections are files; fewer than this are gone in a busy hour. */
const FEWEST_FILES = 1_024;
const WANTED_FILES = 16_384;

/** How many files a process may open, out of `/proc/self/limits`. Node raises the soft limit to the hard one by itself. */
export function checkFileLimit(limits: string | undefined): readonly Finding[] {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits ?? '')?.[1];
  const mend = 'LimitNOFILE=65536 in a systemd unit, "ulimits" of a container, /etc/security/limits.conf for a login.';
  if (hard === undefined)
    return [
      unknown('file limit', 'this system does not tell it', 'Each connection is a file: see that there may be enough.'),
    ];
  const most = hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
  if (most < FEWEST_FILES) return [fail('file limit', `${hard} files: as many connections at most`, mend)];
  if (most < WANTED_FILES) return [warn('file limit', `${hard} files: as many connections at most`, mend)];
  return [ok('file limit', `${hard} files`)];
}
