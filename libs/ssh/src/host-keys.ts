import { createPrivateKey, generateKeyPair, randomBytes, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { ShipmateError } from '#kernel';
import { fingerprint, sshMpint, sshString, sshUint32 } from '#keys';

/** RSA host keys: 3072 bits is what ssh-keygen makes, and as strong as the AES-128 it protects. */
const RSA_BITS = 3072;
const MIN_RSA_BLOB_BYTES = 4 + 7 + 4 + 1 + 4 + 2048 / 8;

const FILES = {
  ed25519: { file: 'ssh_host_ed25519_key', type: 'ssh-ed25519', algorithms: ['ssh-ed25519'] },
  rsa: { file: 'ssh_host_rsa_key', type: 'ssh-rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256'] },
} as const;
type Kind = keyof typeof FILES;

/** What a server shows of itself, and what users compare: `tmate-server-ed25519-fingerprint` and the like. */
export interface Fingerprints {
  readonly ed25519: string;
  readonly rsa: string;
}

/** A host key as the transport uses it. */
export interface HostKey {
  readonly type: string;
  /** The public half in SSH's encoding. */
  getPublicSSH(): Buffer;
  /** @param hash RSA's, by the algorithm that was agreed on; Ed25519 has none */
  sign(data: Uint8Array, hash?: string): Buffer;
}

/** By signature algorithm, the preferred one first. */
export type HostKeyTable = Readonly<Record<string, HostKey>>;

/** The two keys a server identifies itself with. */
export class HostKeys {
  private constructor(
    readonly fingerprints: Fingerprints,
    /** For `SshServer`. */
    readonly table: HostKeyTable,
  ) {}

  /**
   * Reads `ssh_host_ed25519_key` and `ssh_host_rsa_key` (OpenSSH's format or PEM, no passphrase) in `directory`, and
   * makes what is missing: the directory with mode 0700, files with 0600. Processes that start at once on an empty
   * directory end with the same keys.
   *
   * @throws ShipmateError `config` naming the file that cannot be read, written or understood
   */
  static async load(directory: string): Promise<HostKeys> {
    const ed25519 = await loadOrMake(directory, 'ed25519');
    const rsa = await loadOrMake(directory, 'rsa');
    const table: Record<string, HostKey> = {};
    for (const algorithm of FILES.ed25519.algorithms) table[algorithm] = ed25519.key;
    for (const algorithm of FILES.rsa.algorithms) table[algorithm] = rsa.key;
    return new HostKeys({ ed25519: ed25519.fingerprint, rsa: rsa.fingerprint }, table);
  }
}

interface LoadedKey {
  readonly key: HostKey;
  readonly fingerprint: string;
}

async function loadOrMake(directory: string, kind: Kind): Promise<LoadedKey> {
  const file = path.join(directory, FILES[kind].file);
  const text = (await readIfThere(file)) ?? (await make(directory, file, kind));
  return parseHostKey(text, file, kind);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ShipmateError('config', `cannot read the host key ${file} (${codeOf(error)})`, { cause: error });
  }
}

/** Writes aside, then links into place: whoever links first wins, and the others read the winner's key. */
async function make(directory: string, file: string, kind: Kind): Promise<string> {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const handle = await open(aside, 'wx', 0o600);
    try {
      await handle.writeFile(await generate(kind));
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      await link(aside, file);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      await unlink(aside);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ShipmateError('config', `cannot make the host key ${file} (${codeOf(error)})`, { cause: error });
  }
}

function parseHostKey(text: string, file: string, kind: Kind): LoadedKey {
  const parsed = ssh2.utils.parseKey(text);
  // ssh2 reads OpenSSH's and the traditional PEM format; Node reads PKCS#8, which is turned into OpenSSH's.
  const key = parsed instanceof Error ? ssh2.utils.parseKey(fromPkcs8(text, parsed, file)) : parsed;
  if (key instanceof Error) throw unusable(file, key.message);
  if (!key.isPrivateKey()) throw unusable(file, 'it is a public key');
  if (key.type !== FILES[kind].type) throw unusable(file, `it is a key of type ${key.type}`);
  const blob = key.getPublicSSH();
  if (kind === 'rsa' && blob.length < MIN_RSA_BLOB_BYTES) throw unusable(file, 'it has fewer than 2048 bits');
  return { key: makeHostKey(key.type, blob, key.getPrivatePEM()), fingerprint: fingerprint(blob) };
}

/** ssh2's own keys read their PEM anew for each signature: 0.7 ms for 0.05 with Ed25519, 3.9 for 2.1 with RSA. */
function makeHostKey(type: string, blob: Buffer, pem: string): HostKey {
  const key = createPrivateKey(pem);
  return { type, getPublicSSH: () => blob, sign: (data, hash) => sign(hash ?? null, data, key) };
}

function fromPkcs8(text: string, first: Error, file: string): string {
  try {
    return toOpenSsh(createPrivateKey(text));
  } catch {
    // The first reader's reason names what is wrong with an OpenSSH key; Node knows only PEM.
    const encrypted = /encrypted|passphrase|ENCRYPTED/.test(first.message + text);
    throw unusable(file, encrypted ? 'it has a passphrase' : 'it is no private key');
  }
}

const unusable = (file: string, why: string): ShipmateError =>
  new ShipmateError('config', `cannot use the host key ${file}: ${why}`);

async function generate(kind: Kind): Promise<string> {
  const pair =
    kind === 'ed25519'
      ? await promisify(generateKeyPair)('ed25519')
      : await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return toOpenSsh(pair.privateKey);
}

/** The file that `ssh-keygen` would have written (OpenSSH's PROTOCOL.key), without a passphrase. */
export function toOpenSsh(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  const { blob, secret } = jwk.kty === 'OKP' ? ed25519Parts(jwk) : rsaParts(jwk);
  const check = randomBytes(4);
  const open = Buffer.concat([check, check, secret, sshString('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (open.length % 8)) % 8 }, (_, n) => n + 1));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    sshUint32(1),
    sshString(blob),
    sshString(Buffer.concat([open, padding])),
  ]);
  const lines = file.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function ed25519Parts(jwk: JsonWebKey): { blob: Buffer; secret: Buffer } {
  const publicHalf = decode(jwk.x);
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(publicHalf)]);
  return { blob, secret: Buffer.concat([blob, sshString(Buffer.concat([decode(jwk.d), publicHalf]))]) };
}

function rsaParts(jwk: JsonWebKey): { blob: Buffer; secret: Buffer } {
  const [n, e, d, inverse, p, q] = [jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((part) => sshMpint(decode(part)));
  if (!n || !e || !d || !inverse || !p || !q) throw new TypeError('not an RSA key');
  const name = sshString('ssh-rsa');
  return { blob: Buffer.concat([name, e, n]), secret: Buffer.concat([name, n, e, d, inverse, p, q]) };
}

function decode(part: string | undefined): Buffer {
  if (part === undefined) throw new TypeError('the key lacks a part');
  return Buffer.from(part, 'base64url');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
