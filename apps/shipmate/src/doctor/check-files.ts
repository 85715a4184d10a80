import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isShipmateError } from '#kernel';
import { readAccounts } from '#control';
import { keptSecret, type Config } from '#platform';
import { HOST_KEY_FILES, HostKeys } from '#ssh';
import { maxOpenFiles } from '../too-few-files.js';
import { fail, ok, reasonOf, unknown, warn, type Finding } from './finding.js';

/** Without an ECDSA key a server works all the same. */
const NEEDED_KEY_FILES = HOST_KEY_FILES.filter((name) => !name.includes('ecdsa'));

/** The host keys: whether they can be read or made, and their fingerprints. Makes none. */
export async function checkHostKeys({ hostKeysDir }: Config): Promise<readonly Finding[]> {
  const missing = NEEDED_KEY_FILES.map((name) => join(hostKeysDir, name)).filter((file) => !existsSync(file));
  if (missing.length > 0) {
    const unwritable = whyUnwritable(hostKeysDir);
    return [
      unwritable === undefined
        ? ok('host keys', `${missing.join(' and ')} will be created at the first start`)
        : fail(
            'host keys',
            `${missing.join(' and ')} cannot be created (${unwritable})`,
            'Make the directory writable, or put keys there: ssh-keygen -t ed25519 -N "" -f ssh_host_ed25519_key, and the same with rsa.',
          ),
    ];
  }
  try {
    const { fingerprints } = await HostKeys.load(hostKeysDir);
    const files = HOST_KEY_FILES.map((name) => join(hostKeysDir, name)).filter((file) => existsSync(file));
    const open = files.filter(mayOthersRead);
    return [
      ok(
        'host keys',
        Object.entries(fingerprints)
          .map(([kind, text]) => `${kind} ${text}`)
          .join(', '),
      ),
      ...open.map((file) => warn('host keys', `other users may read ${file}`, `chmod 600 ${file}`)),
    ];
  } catch (error) {
    if (!isShipmateError(error, 'config')) throw error;
    return [
      fail(
        'host keys',
        error.message,
        "Put a key without a passphrase there, in OpenSSH's format or PEM, or remove the file to have one created.",
      ),
    ];
  }
}

/** Others than this user; a group does not count where somebody else has given the file, as Kubernetes does: only the group makes it readable. */
function mayOthersRead(file: string): boolean {
  const { mode, uid } = statSync(file);
  return (mode & (uid === process.getuid?.() ? 0o077 : 0o007)) !== 0;
}

/** The fingerprint of the Ed25519 host key; undefined if it is missing or cannot be used. */
export async function keptFingerprint({ hostKeysDir }: Config): Promise<string | undefined> {
  if (!NEEDED_KEY_FILES.every((name) => existsSync(join(hostKeysDir, name)))) return undefined;
  try {
    return (await HostKeys.load(hostKeysDir)).fingerprints.ed25519;
  } catch {
    return undefined; // `checkHostKeys` says why.
  }
}

/** The data directory: what is made at the first start must be there at the next. */
export function checkDataDir(config: Config, freeBytes = bytesFree): readonly Finding[] {
  const { dataDir, secret, adminToken } = config;
  const unwritable = whyUnwritable(dataDir);
  if (unwritable === undefined) {
    const findings = [...checkKept(config), ...checkRoom(dataDir, freeBytes)];
    return findings.length > 0 ? findings : [ok('data directory', resolve(dataDir))];
  }
  // A read-only container that gets all secrets needs none.
  if (secret !== undefined && adminToken !== undefined)
    return [ok('data directory', `${dataDir} is not writable, and does not need to be`)];
  return [
    fail(
      'data directory',
      `${resolve(dataDir)} cannot be written (${unwritable})`,
      'Make it writable for this user, or set SHIPMATE_DATA_DIR to a directory that is; or set SHIPMATE_SECRET and SHIPMATE_ADMIN_TOKEN.',
    ),
  ];
}

/** The files there that prevent a start if they are damaged. */
function checkKept({ dataDir, secret, adminToken, redis }: Config): readonly Finding[] {
  const secrets = [...(secret === undefined ? ['secret'] : []), ...(adminToken === undefined ? ['admin-token'] : [])];
  const files = secrets.map((name) => join(dataDir, name)).filter((file) => existsSync(file));
  const found = files.flatMap((file) => [
    ...faultOf(
      () => keptSecret(file),
      'Restore it, or remove it to have a new one created: hosts that reconnect then get new tokens.',
    ),
    ...(!mayOthersRead(file) ? [] : [warn('data directory', `other users may read ${file}`, `chmod 600 ${file}`)]),
  ]);
  if (redis !== undefined) return found;
  const accounts = join(dataDir, 'accounts.json');
  return [
    ...found,
    ...faultOf(
      () => readAccounts(accounts),
      `Restore ${accounts} from a copy, or remove it: users and API keys are then gone.`,
    ),
  ];
}

function faultOf(read: () => unknown, fix: string): readonly Finding[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!isShipmateError(error, 'config')) throw error;
    return [fail('data directory', error.message, fix)];
  }
}

/** Below the first nothing can be kept any more, and below the second that is not far. */
const NO_ROOM_BYTES = 1_000_000;
const LITTLE_ROOM_BYTES = 100_000_000;

function checkRoom(dataDir: string, freeBytes: typeof bytesFree): readonly Finding[] {
  const free = freeBytes(dataDir);
  const text = `${resolve(dataDir)}: ${Math.floor(free / 1e6)} MB are free`;
  const fix = 'Free space on that disk: users, keys and secrets are stored there.';
  if (free < NO_ROOM_BYTES) return [fail('data directory', text, fix)];
  return free < LITTLE_ROOM_BYTES ? [warn('data directory', text, fix)] : [];
}

/** Bytes that this user may still write to the disk of a directory, or of the next one above that is there. */
function bytesFree(directory: string): number {
  const { bavail, bsize } = statfsSync(nearest(directory));
  return bavail * bsize;
}

function nearest(directory: string): string {
  let there = resolve(directory);
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  return there;
}

/** Why nothing can be made in a directory; of one that is not there, in the next one above that is. */
function whyUnwritable(directory: string): string | undefined {
  const there = nearest(directory);
  try {
    if (!statSync(there).isDirectory()) return 'ENOTDIR';
    accessSync(there, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Connections are files; fewer than this are used up in a busy hour. */
const FEWEST_FILES = 1_024;
const WANTED_FILES = 16_384;

/** How many files a process may open, from `/proc/self/limits`. */
export function checkFileLimit(limits = ''): readonly Finding[] {
  const most = maxOpenFiles(limits);
  const fix = 'LimitNOFILE=65536 in a systemd unit, "ulimits" of a container, /etc/security/limits.conf for a login.';
  if (most === undefined)
    return [
      unknown(
        'file limit',
        'this system does not report it',
        'Each connection is a file: make sure that the limit is high enough.',
      ),
    ];
  if (most < FEWEST_FILES) return [fail('file limit', `${most} files, so at most as many connections`, fix)];
  if (most < WANTED_FILES) return [warn('file limit', `${most} files, so at most as many connections`, fix)];
  return [ok('file limit', most === Number.POSITIVE_INFINITY ? 'unlimited' : `${most} files`)];
}
