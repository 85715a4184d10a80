import { ShipmateError } from '#kernel';
import { rsaFault } from './rsa-limits.js';

/** The key types that a line of authorized keys may have, as OpenSSH names them. */
export const KEY_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;
/** The type of an SSH key that may be listed. */
export type KeyType = (typeof KEY_TYPES)[number];

/** Known types that are refused, with the reason. */
export const REFUSED_TYPES: ReadonlyMap<string, string> = new Map([
  ['ssh-dss', 'DSA keys are too weak'],
  ...KEY_TYPES.map((type): [string, string] => [
    `${type.replace('@openssh.com', '')}-cert-v01@openssh.com`,
    'a certificate is not a key: name its CA with cert-authority',
  ]),
]);

/** A public key: its type and its SSH wire form, by which keys are compared. */
export interface ListedKey {
  readonly type: KeyType;
  readonly blob: Uint8Array;
}

/** Enough for a key of 16,384 bits; sshd reads lines of 8 KiB, so it accepts no larger ones either. */
const MAX_BLOB_BYTES = 8_192;

/** Reads a key from base64 and checks that it has the type `type`; throws `protocol` with a text for its author. */
export function parseListedKey(type: KeyType, base64: string): ListedKey {
  const blob = Buffer.from(base64, 'base64');
  const canonical = blob.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  if (!canonical || blob.length === 0 || blob.length > MAX_BLOB_BYTES) throw malformed();
  const fields = readFields(blob);
  if (fields[0]?.toString('latin1') !== type) throw malformed();
  checkShape(type, fields);
  return { type, blob };
}

const malformed = (): ShipmateError => new ShipmateError('protocol', 'the key is damaged');

/** The length-prefixed fields that an SSH key consists of (RFC 4253, 6.6). */
function readFields(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    if (at + 4 > blob.length) throw malformed();
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) throw malformed();
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function checkShape(type: KeyType, fields: readonly Buffer[]): void {
  const count = type.startsWith('sk-ecdsa') ? 4 : type === 'ssh-ed25519' ? 2 : 3;
  if (fields.length !== count) throw malformed();
  if (type.endsWith('ed25519') || type.startsWith('sk-ssh-ed25519')) {
    if (fields[1]?.length !== 32) throw malformed();
  } else if (type === 'ssh-rsa') {
    const fault = rsaFault(fields[1] ?? Buffer.of(), fields[2] ?? Buffer.of());
    if (fault !== undefined) throw new ShipmateError('protocol', fault);
  } else if (fields[1]?.toString('latin1') !== /nistp\d+/.exec(type)?.[0]) {
    throw malformed();
  }
}
