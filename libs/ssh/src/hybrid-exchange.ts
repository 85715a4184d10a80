import crypto, { createHash, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';

/** The key exchange that today's OpenSSH asks for first: X25519, and ML-KEM against whoever has a quantum computer. */
export const HYBRID_KEX = 'mlkem768x25519-sha256';

/** ML-KEM-768's public key (FIPS 203, table 3). */
const KEM_KEY_BYTES = 1184;
const X25519_BYTES = 32;
/** The bytes before a raw key in its SubjectPublicKeyInfo (RFC 8410, RFC 9935). */
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const KEM_SPKI = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');

/** What the server sends, and the secret that both have then. */
export interface HybridAnswer {
  readonly share: Buffer;
  readonly secret: Buffer;
}

/** How a secret is made for somebody else's ML-KEM key. */
export type Encapsulate = (key: Uint8Array) => { readonly cipherText: Uint8Array; readonly sharedSecret: Uint8Array };

/**
 * The server's half of `mlkem768x25519-sha256` (draft-ietf-sshm-mlkem-hybrid-kex). The secret is the hash of both
 * secrets, a string of 32 bytes and not a number.
 *
 * @throws Error when the client's share is not an ML-KEM key and an X25519 key
 */
export function answerHybrid(clientShare: Buffer, encapsulate: Encapsulate = encapsulateHere): HybridAnswer {
  if (clientShare.length !== KEM_KEY_BYTES + X25519_BYTES) throw new Error('Malformed hybrid key share');
  const { cipherText, sharedSecret } = encapsulate(clientShare.subarray(0, KEM_KEY_BYTES));
  const own = generateKeyPairSync('x25519');
  const theirs = spki(X25519_SPKI, clientShare.subarray(KEM_KEY_BYTES));
  // Throws for a point that gives no secret.
  const classic = diffieHellman({ privateKey: own.privateKey, publicKey: theirs });
  const ownShare = own.publicKey.export({ type: 'spki', format: 'der' }).subarray(X25519_SPKI.length);
  return {
    share: Buffer.concat([cipherText, ownShare]),
    secret: createHash('sha256').update(sharedSecret).update(classic).digest(),
  };
}

/** For Node without ML-KEM in its OpenSSL, which is older than 3.5. @throws Error when it is not an ML-KEM key */
export const encapsulateInScript: Encapsulate = (key) => ml_kem768.encapsulate(key);

interface NativeKem {
  readonly encapsulate: (key: KeyObject) => { ciphertext: Uint8Array; sharedKey: Uint8Array };
}

/** Node's own ML-KEM, eight times as fast; undefined where it has none (before Node 24.7). */
export const encapsulateNatively: Encapsulate | undefined = nativeKem();

function nativeKem(): Encapsulate | undefined {
  if (!('encapsulate' in crypto)) return undefined;
  const { encapsulate } = crypto as unknown as NativeKem;
  const native: Encapsulate = (key) => {
    const { ciphertext, sharedKey } = encapsulate(spki(KEM_SPKI, key));
    return { cipherText: ciphertext, sharedSecret: sharedKey };
  };
  try {
    native(ml_kem768.keygen().publicKey);
    return native;
  } catch {
    return undefined; // built with an older OpenSSL
  }
}

const encapsulateHere: Encapsulate = encapsulateNatively ?? encapsulateInScript;

function spki(prefix: Buffer, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' });
}
