import { describeCertificate, isVouchedFor, type AuthorizedKey, type PublicKey } from '#keys';

/** What somebody proved to be, for people to read. */
export interface ShownKeys {
  /** The fingerprint of the SSH key that they proved to hold, `SHA256:…`. */
  readonly key?: string;
  /** Of their certificate, where they came in by one: what it calls them, and whose it is. */
  readonly certificate?: string;
}

/**
 * What is told of the key that somebody proved last, where `listed` may join. A certificate's words only if its CA is among
 * them: anybody can be a CA, and write a name.
 */
export function shownKeys(proven: readonly PublicKey[], listed: readonly AuthorizedKey[] | undefined): ShownKeys {
  const publicKey = proven.at(-1);
  if (publicKey === undefined) return {};
  const { fingerprint: key, certificate } = publicKey;
  if (certificate === undefined || !isVouchedFor(certificate, listed)) return { key };
  return { key, certificate: describeCertificate(certificate) };
}
