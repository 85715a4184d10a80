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

/** In the order of preference. */
const FILES = {
  ed25519: { file: 'ssh_host_ed25519_key', type: 'ssh-ed25519', algorithms: ['ssh-ed25519'] },
  ecdsa: { file: 'ssh_host_ecdsa_key', type: 'ecdsa-sha2-nistp256', algorithms: ['ecdsa-sha2-nistp256'] },
  rsa: { file: 'ssh_host_rsa_key', type: 'ssh-rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256'] },
} as const;
type Kind = keyof typeof FILES;

/** The files of host keys, in the order of preference. A server needs all but ECDSA's. */
export const HOST_KEY_FILES: readonly string[] = Object.values(FILES).map(({ file }) => file);

/** How a server identifies itself, and what users compare: `tmate-server-ed25519-fingerprint` and so on. */
export interface Fingerprints {
  readonly ed25519: string;
  /** Undefined for a server without an ECDSA key. */
  readonly ecdsa?: string;
  readonly rsa: string;
}

/** A host key as the transport uses it. */
export interface HostKey {
  readonly type: string;
  /** The public half in SSH's encoding. */
  getPublicSSH(): Buffer;
  /** In DER for ECDSA, which ssh2 turns into SSH's encoding. @param hash RSA's, by the algorithm that was agreed on */
  sign(data: Uint8Array, hash?: string): Buffer;
}

/** By signature algorithm, the preferred one first. */
export type HostKeyTable = Readonly<Record<string, HostKey>>;

/** The keys a server identifies itself with. */
export class HostKeys {
  private constructor(
    readonly fingerprints: Fingerprints,
    /** For `SshServer`. */
    readonly table: HostKeyTable,
  ) {}

  /**
   * Reads `ssh_host_ed25519_key`, `ssh_host_ecdsa_key` (nistp256) and `ssh_host_rsa_key` (OpenSSH's format or PEM, no
   * passphrase) in `directory`, and creates what is missing: the directory with mode 0700, files with 0600. Processes that
   * start at the same time on an empty directory end up with the same keys. If an ECDSA key cannot be created, the server works
   * without one: directories that others provide, such as a mounted Secret, often have only the other two. @throws
   * ShipmateError `config`, naming the file that cannot be read, written or parsed
   */
  static async load(directory: string): Promise<HostKeys> {
    const ed25519 = await loadOrMake(directory, 'ed25519');
    const ecdsa = await loadIfPossible(directory, 'ecdsa');
    const rsa = await loadOrMake(directory, 'rsa');
    const keys = { ed25519, ...(ecdsa && { ecdsa }), rsa };
    const table: Record<string, HostKey> = {};
    for (const [kind, { key }] of Object.entries(keys)) {
      for (const algorithm of FILES[kind as Kind].algorithms) table[algorithm] = key;
    }
    const fingerprints = {
      ed25519: ed25519.fingerprint,
      ...(ecdsa && { ecdsa: ecdsa.fingerprint }),
      rsa: rsa.fingerprint,
    };
    return new HostKeys(fingerprints, table);
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

/** Undefined if the file does not exist and cannot be made. */
async function loadIfPossible(directory: string, kind: Kind): Promise<LoadedKey | undefined> {
  const file = path.join(directory, FILES[kind].file);
  const text = (await readIfThere(file)) ?? (await make(directory, file, kind).catch(() => undefined));
  return text === undefined ? undefined : parseHostKey(text, file, kind);
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

/**
 * ssh2's own keys parse their PEM again for each signature: 0.7 ms instead of 0.05 with Ed25519, 3.9 ms instead of 2.1 with
 * RSA.
 */
function makeHostKey(type: string, blob: Buffer, pem: string): HostKey {
  const key = createPrivateKey(pem);
  const ownHash = key.asymmetricKeyType === 'ec' ? 'sha256' : null;
  return { type, getPublicSSH: () => blob, sign: (data, hash) => sign(hash ?? ownHash, data, key) };
}

function fromPkcs8(text: string, first: Error, file: string): string {
  try {
    return toOpenSsh(createPrivateKey(text));
  } catch {
    // The first reader's reason names what is wrong with an OpenSSH key; Node knows only PEM.
    const encrypted = /encrypted|passphrase|ENCRYPTED/.test(first.message + text);
    throw unusable(file, encrypted ? 'it has a passphrase' : 'it is not a private key');
  }
}

const unusable = (file: string, why: string): ShipmateError =>
  new ShipmateError('config', `cannot use the host key ${file}: ${why}`);

const makePair = promisify(generateKeyPair);
const GENERATE: Readonly<Record<Kind, () => Promise<{ readonly privateKey: KeyObject }>>> = {
  ed25519: async () => await makePair('ed25519'),
  ecdsa: async () => await makePair('ec', { namedCurve: 'P-256' }),
  rsa: async () => await makePair('rsa', { modulusLength: RSA_BITS }),
};

async function generate(kind: Kind): Promise<string> {
  const pair = await GENERATE[kind]();
  return toOpenSsh(pair.privateKey);
}

/** The file that `ssh-keygen` would have written (OpenSSH's PROTOCOL.key), without a passphrase. */
export function toOpenSsh(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  const { blob, secret } = (PARTS[jwk.kty ?? ''] ?? rsaParts)(jwk);
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

/** Of a key on the curve nistp256 (RFC 5656). */
function ecdsaParts(jwk: JsonWebKey): { blob: Buffer; secret: Buffer } {
  const point = Buffer.concat([Buffer.of(4), decode(jwk.x), decode(jwk.y)]);
  const blob = Buffer.concat([sshString('ecdsa-sha2-nistp256'), sshString('nistp256'), sshString(point)]);
  return { blob, secret: Buffer.concat([blob, sshMpint(decode(jwk.d))]) };
}

function rsaParts(jwk: JsonWebKey): { blob: Buffer; secret: Buffer } {
  const [n, e, d, inverse, p, q] = [jwk.n, jwk.e, jwk.d, jwk.qi, jwk.p, jwk.q].map((part) => sshMpint(decode(part)));
  if (!n || !e || !d || !inverse || !p || !q) throw new TypeError('not an RSA key');
  const name = sshString('ssh-rsa');
  return { blob: Buffer.concat([name, e, n]), secret: Buffer.concat([name, n, e, d, inverse, p, q]) };
}

const PARTS: Readonly<Record<string, typeof rsaParts>> = { OKP: ed25519Parts, EC: ecdsaParts };

function decode(part: string | undefined): Buffer {
  if (part === undefined) throw new TypeError('the key lacks a part');
  return Buffer.from(part, 'base64url');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
