import { invitationOf, type AdmissionPolicy, type Proofs } from './admit.js';
import type { Identity } from './identity.js';
import { describeCertificate, isVouchedFor, type AuthorizedKey, type PublicKey } from '#keys';

/** What somebody proved to be, for people to read. */
export interface ShownKeys {
  /** The fingerprint of the SSH key that they proved to hold, `SHA256:…`. */
  readonly key?: string;
  /** The key ID and CA of their certificate, if they were admitted by one. */
  readonly certificate?: string;
}

/**
 * What to show of the key that somebody proved last, if only `listed` keys may join. A certificate's text is shown only if its
 * CA is listed: anybody can make a CA and write a name.
 */
export function shownKeys(proven: readonly PublicKey[], listed: readonly AuthorizedKey[] | undefined): ShownKeys {
  const publicKey = proven.at(-1);
  if (publicKey === undefined) return {};
  const { fingerprint: key, certificate } = publicKey;
  if (certificate === undefined || !isVouchedFor(certificate, listed)) return { key };
  return { key, certificate: describeCertificate(certificate) };
}

/** Who somebody is, for people to read: the name, how they proved it, and what identifies them for good. */
export interface ShownPerson extends Pick<Identity, 'name' | 'proved' | 'provider' | 'subject'> {}

/** What to show of who somebody is: as they proved it, or as whoever invited them said. Empty where neither is known. */
export function shownPerson(
  proofs: Pick<Proofs, 'identity' | 'invitation'>,
  policy: Pick<AdmissionPolicy, 'invitations'>,
): Partial<ShownPerson> {
  const { identity } = proofs;
  const invited = invitationOf(policy, proofs);
  if (identity === undefined && invited !== undefined) {
    return { name: invited.name, proved: 'invitation', provider: 'invitation', subject: invited.id };
  }
  if (identity === undefined) return {};
  const { name, proved, provider, subject } = identity;
  return { name, proved, provider, subject };
}
