import { exactText } from './durations.js';
import { LOCKED_PASSWORD } from './password.js';
import type { SessionPolicy } from './session-policy.js';

/** Rights by the names that `tmate-set` has for them, with values as people write them. */
export type RightsInWords = Readonly<Record<string, string>>;

/** How a right reads that is not asked for any more; `off` where it is none of these. */
const UNASKED: RightsInWords = { 'readers-only': 'false', web: 'true', approve: 'false' };

/**
 * What a host asks of its session, for events and logs; what it does not ask for is left out. Of a password only that there is one:
 * `set`, or `locked` where none fits. Of keys their number.
 */
export function rightsInWords(policy: SessionPolicy): RightsInWords {
  const { password, expiresMs, idleMs, maxJoiners, readersOnly, web, approve, authorizedKeys } = policy;
  return {
    ...(password === undefined ? {} : { password: password === LOCKED_PASSWORD ? 'locked' : 'set' }),
    ...(expiresMs === undefined ? {} : { expires: exactText(expiresMs) }),
    ...(idleMs === undefined ? {} : { 'idle-timeout': exactText(idleMs) }),
    ...(maxJoiners === undefined ? {} : { 'max-joiners': String(maxJoiners) }),
    ...(readersOnly ? { 'readers-only': 'true' } : {}),
    ...(web ? {} : { web: 'false' }),
    ...(approve ? { approve: 'true' } : {}),
    ...(authorizedKeys === undefined ? {} : { 'authorized-keys': String(authorizedKeys.length) }),
  };
}

/** What is not as it was, as it is now; a right that is gone as it is for everybody. Empty where nothing is different. */
export function changedRights(before: SessionPolicy, after: SessionPolicy): RightsInWords {
  const [old, now] = [rightsInWords(before), rightsInWords(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  const isOther: Readonly<Record<string, boolean>> = {
    password: before.password !== after.password,
    'authorized-keys': keyText(before) !== keyText(after),
  };
  const changed = [...names].filter((name) => old[name] !== now[name] || isOther[name] === true);
  return Object.fromEntries(changed.map((name) => [name, now[name] ?? UNASKED[name] ?? 'off']));
}

const keyText = ({ authorizedKeys }: SessionPolicy): string | undefined =>
  authorizedKeys?.map(({ line }) => line).join('\n');
