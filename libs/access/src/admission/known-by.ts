import { addressKey } from '#address';
import type { Person } from '../policy/sent-away.js';
import { certificateIdentity, type Proofs } from './admit.js';

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
