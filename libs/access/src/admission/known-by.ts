import { addressKey } from '#address';
import type { Person, SentAway } from '../policy/sent-away.js';
import { certificateIdentity, isMeant, type Proofs } from './admit.js';

/** All that somebody is known by: keys, certificates, a user, and an address (of IPv6 its /64, in which they choose freely). */
export function knownBy({ keys, user, address }: Proofs): readonly Person[] {
  return [
    ...keys.map(({ fingerprint }) => ({ by: 'key', value: fingerprint }) as const),
    ...keys.flatMap(({ certificate }) =>
      certificate === undefined ? [] : [{ by: 'certificate', value: certificateIdentity(certificate) } as const],
    ),
    ...(user === undefined ? [] : [{ by: 'user', value: user } as const]),
    { by: 'address', value: addressKey(address) },
  ];
}

/**
 * What of it keeps somebody away. Where the session takes certain keys only, their address may be others', too, and is left out;
 * where it does not, they would come back without their key.
 */
export function keptBy(known: readonly Person[], takesKeysOnly: boolean): readonly Person[] {
  const proven = known.filter(({ by }) => by === 'key' || by === 'certificate');
  return takesKeysOnly && proven.length > 0 ? proven : known;
}

/** What somebody who is inside may still do by some entries: the stricter one counts. Undefined: none of them means somebody like this. */
export function mayStill(entries: readonly SentAway[], proofs: Proofs, now: number): SentAway['may'] | undefined {
  const meant = entries.filter((entry) => isMeant(entry, proofs, now));
  if (meant.length === 0) return undefined;
  return meant.some(({ may }) => may === 'nothing') ? 'nothing' : 'look';
}
