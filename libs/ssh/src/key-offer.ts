import type { PublicKeyData } from 'ssh2/lib/protocol/Protocol.js';
import {
  CERTIFICATE_TYPES,
  readCertificate,
  proofOf,
  readPublicKey,
  readSignature,
  type Proof,
  type PublicKey,
} from '#keys';

/** A `publickey` request that makes sense: a key, and an algorithm that is its own. */
export interface KeyOffer {
  readonly key: PublicKey;
  /** As the client named it. */
  readonly algorithm: string;
  /** What the request's signature proves; undefined where it has none or a wrong one. Never throws. */
  proof(): Proof | undefined;
}

/** RSA's certificates by the algorithm that their owners sign with (OpenSSH's PROTOCOL.certkeys); not SHA-1's. */
const RSA_ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256-cert-v01@openssh.com', 'rsa-sha2-256'],
  ['rsa-sha2-512-cert-v01@openssh.com', 'rsa-sha2-512'],
]);
/** What the algorithms of certificates have in their names. */
export const CERTIFICATE_MARK = '-cert-';
const RSA_CERTIFICATE = 'ssh-rsa-cert-v01@openssh.com';

/**
 * Reads a request as ssh2 decodes it; undefined if this server does not support its key, or the key does not fit the algorithm.
 */
export function readOffer(data: PublicKeyData): KeyOffer | undefined {
  return data.keyAlgo.includes(CERTIFICATE_MARK) ? readCertificateOffer(data) : readPlainOffer(data);
}

/** ssh2 takes RSA's algorithms apart into key type and hash, and a signature out of its frame. */
function readPlainOffer({ keyAlgo, key: bytes, hashAlgo, signature, blob }: PublicKeyData): KeyOffer | undefined {
  const key = readPublicKey(bytes);
  if (key?.type !== keyAlgo) return undefined;
  const rsa = hashAlgo === 'sha512' ? 'rsa-sha2-512' : 'rsa-sha2-256';
  return {
    key,
    algorithm: keyAlgo === 'ssh-rsa' ? rsa : keyAlgo,
    proof: () => signature && blob && proofOf(bytes, { hash: hashAlgo, signature, data: blob }),
  };
}

/** Of certificates ssh2 knows nothing: the signature comes as the client sent it, by an algorithm of the key in it. */
function readCertificateOffer({ keyAlgo, key: bytes, signature, blob }: PublicKeyData): KeyOffer | undefined {
  const rsa = RSA_ALGORITHMS.get(keyAlgo);
  const type = rsa === undefined ? keyAlgo : RSA_CERTIFICATE;
  const algorithm = rsa ?? (type === RSA_CERTIFICATE ? undefined : CERTIFICATE_TYPES.get(type));
  if (algorithm === undefined) return undefined;
  const read = readCertificate(bytes);
  if (read?.type !== type) return undefined;
  const { plain, ...key } = read;
  return {
    key,
    algorithm: keyAlgo,
    proof: () => {
      if (signature === undefined || blob === undefined) return undefined;
      try {
        const wire = readSignature(signature);
        return wire.algorithm === algorithm ? proofOf(plain, { ...wire.signature, data: blob }) : undefined;
      } catch {
        return undefined; // not a signature
      }
    },
  };
}
