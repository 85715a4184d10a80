import { addressKey } from '#address';
import type { Person, SentAway } from '../policy/sent-away.js';
import { certificateIdentity, isMeant, type Proofs } from './admit.js';
import { personId } from './identity.js';

/**
 * Everything that identifies somebody: keys, certificates, a user, who they signed in as, and an address (of IPv6 its /64, in which they choose
 * freely).
 */
export function knownBy({ keys, user, identity, address }: Proofs): readonly Person[] {
  return [
    ...keys.map(({ fingerprint }) => ({ by: 'key', value: fingerprint }) as const),
    ...keys.flatMap(({ certificate }) =>
      certificate === undefined ? [] : [{ by: 'certificate', value: certificateIdentity(certificate) } as const],
    ),
    ...(user === undefined ? [] : [{ by: 'user', value: user } as const]),
    ...(identity === undefined ? [] : [{ by: 'person', value: personId(identity) } as const]),
    { by: 'address', value: addressKey(address) },
  ];
}

/**
 * The parts of it that a ban should name. If the session admits only certain keys, the address is left out, because others may
 * share it. Otherwise it is included, because they could come back without their key.
 */
export function keptBy(known: readonly Person[], takesKeysOnly: boolean): readonly Person[] {
  const proven = known.filter(({ by }) => by === 'key' || by === 'certificate' || by === 'person');
  return takesKeysOnly && proven.length > 0 ? proven : known;
}

/**
 * What somebody in the session may still do, according to some entries: the stricter one counts. Undefined: no entry applies to
 * them.
 */
export function mayStill(entries: readonly SentAway[], proofs: Proofs, now: number): SentAway['may'] | undefined {
  const meant = entries.filter((entry) => isMeant(entry, proofs, now));
  if (meant.length === 0) return undefined;
  return meant.some(({ may }) => may === 'nothing') ? 'nothing' : 'look';
}
