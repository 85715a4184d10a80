import { ByteReader, ByteWriter } from '#kernel';
import { MAX_CERTIFICATE_BYTES, readCertificate, readPublicKey, type PublicKey } from '#keys';
import { MAX_PROVEN_KEYS, type Proofs } from './admit.js';
import { readIdentity, readSignIn, writeIdentity, writeSignIn } from './identity.js';

/** The parts of somebody's proofs that no other field has. */
export type CarriedProofs = Omit<Proofs, 'transport' | 'address'>;

const MAX_HASH_BYTES = 256;
const MAX_USER_BYTES = 256;
const VERIFIED: readonly (boolean | undefined)[] = [undefined, false, true];

/**
 * Encodes what somebody proved, for another edge; less than 48 KiB.
 *
 * ```
 * hashes of the password and of the token, texts, empty for none; user text, empty for none; count varint of keys, each:
 * what a security key says of its user u8 (0 nothing, 1 not verified, 2 verified), length varint, the key or certificate;
 * then who they are (`writeIdentity`), the hash of their invitation, text, empty for none, and, if something ends their sign-in,
 * that (`writeSignIn`): an earlier release stops before each of them
 * ```
 */
export function encodeProofs({
  password = '',
  token = '',
  user = '',
  keys,
  identity,
  invitation = '',
}: CarriedProofs): Uint8Array {
  const writer = new ByteWriter(256);
  writer.text(password);
  writer.text(token);
  writer.text(user);
  const carried = keys.slice(-MAX_PROVEN_KEYS);
  writer.varint(carried.length);
  for (const { blob, userVerified } of carried) {
    writer.u8(VERIFIED.indexOf(userVerified));
    writer.varint(blob.length);
    writer.raw(blob);
  }
  writeIdentity(writer, identity);
  writer.text(invitation);
  if (identity?.signIn !== undefined) writeSignIn(writer, identity.signIn);
  return writer.finish();
}

/**
 * Reads what `encodeProofs` wrote; throws `protocol` if it is invalid. A key that this release cannot read proves nothing.
 * Anything that a later release adds at the end is ignored.
 */
export function decodeProofs(bytes: Uint8Array): CarriedProofs {
  const reader = new ByteReader(bytes);
  const password = reader.text(MAX_HASH_BYTES, 'a hash');
  const token = reader.text(MAX_HASH_BYTES, 'a hash');
  const user = reader.text(MAX_USER_BYTES, 'a user');
  const keys: PublicKey[] = [];
  for (let left = reader.upTo(MAX_PROVEN_KEYS, 'keys'); left > 0; left--) {
    const userVerified = VERIFIED[reader.u8()];
    const blob = reader.raw(reader.upTo(MAX_CERTIFICATE_BYTES, "a key's length"));
    const key = readPublicKey(blob) ?? readCertificate(blob);
    if (key !== undefined) keys.push({ ...key, ...(userVerified === undefined ? {} : { userVerified }) });
  }
  const identity = reader.left > 0 ? readIdentity(reader) : undefined;
  const invitation = reader.left > 0 ? reader.text(MAX_HASH_BYTES, 'a hash') : '';
  const signIn = reader.left > 0 ? readSignIn(reader) : undefined;
  const who = identity && { identity: { ...identity, ...(signIn && { signIn }) } };
  return { keys, ...given({ password, token, user, invitation }), ...who };
}

const given = <K extends string>(texts: Readonly<Record<K, string>>): Partial<Record<K, string>> =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')) as Partial<Record<K, string>>;
