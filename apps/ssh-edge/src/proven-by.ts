import { describeCertificate, isVouchedFor, type AuthorizedKey, type PublicKey } from '#keys';
import type { ProvenKey } from '#session';

/**
 * What is told of the key that somebody came in by, where `keys` may. A certificate's words only if its CA is among them:
 * anybody can be a CA, and write a name.
 */
export function provenBy(publicKey: PublicKey | undefined, keys: readonly AuthorizedKey[] | undefined): ProvenKey {
  if (publicKey === undefined) return {};
  const { fingerprint: key, certificate } = publicKey;
  if (certificate === undefined || !isVouchedFor(certificate, keys)) return { key };
  return { key, certificate: describeCertificate(certificate) };
}
