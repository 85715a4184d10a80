import { exactText } from '#kernel';
import { LOCKED_PASSWORD } from './password.js';
import { ruleText, type AllowRule } from './allow.js';
import type { SessionPolicy } from './session-policy.js';

/** Rights by the names that `tmate-set` has for them, with values as people write them. */
export type RightsInWords = Readonly<Record<string, string>>;

/** How a rule reads that was lifted; `off` for all others. */
const UNASKED: RightsInWords = {
  'readers-only': 'false',
  web: 'true',
  approve: 'false',
  'sign-in': 'false',
  moderated: 'false',
};

/**
 * The rules of a session, for events and logs; rules that are not set are left out. A password is only `set`, or `locked` if
 * none can match. For keys, the number of them.
 */
export function rightsInWords(policy: SessionPolicy): RightsInWords {
  const {
    password,
    expiresMs,
    idleMs,
    seatLockMs,
    maxJoiners,
    readersOnly,
    web,
    approve,
    approvals,
    authorizedKeys,
    signIn,
    allow,
    moderated,
  } = policy;
  return {
    ...(password === undefined ? {} : { password: password === LOCKED_PASSWORD ? 'locked' : 'set' }),
    ...(expiresMs === undefined ? {} : { expires: exactText(expiresMs) }),
    ...(idleMs === undefined ? {} : { 'idle-timeout': exactText(idleMs) }),
    ...(seatLockMs === undefined ? {} : { 'seat-lock': exactText(seatLockMs) }),
    ...(maxJoiners === undefined ? {} : { 'max-joiners': String(maxJoiners) }),
    ...(readersOnly ? { 'readers-only': 'true' } : {}),
    ...(web ? {} : { web: 'false' }),
    ...(approve ? { approve: 'true' } : {}),
    ...(approvals === undefined ? {} : { approvals: String(approvals) }),
    ...(signIn ? { 'sign-in': 'true' } : {}),
    ...(allow === undefined ? {} : { allow: allowText(allow) }),
    ...(moderated ? { moderated: 'true' } : {}),
    ...(authorizedKeys === undefined ? {} : { 'authorized-keys': String(authorizedKeys.length) }),
  };
}

/** The rules that changed, with their new values; a lifted rule has its default. Empty if nothing changed. */
export function changedRights(before: SessionPolicy, after: SessionPolicy): RightsInWords {
  const [old, now] = [rightsInWords(before), rightsInWords(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  const isOther: Readonly<Record<string, boolean>> = {
    password: before.password !== after.password,
    'authorized-keys': keyText(before) !== keyText(after),
    allow: before.allow?.map(ruleText).join() !== after.allow?.map(ruleText).join(),
  };
  const changed = [...names].filter((name) => old[name] !== now[name] || isOther[name] === true);
  return Object.fromEntries(changed.map((name) => [name, now[name] ?? UNASKED[name] ?? 'off']));
}

/** Longest list of people that is written out, in characters. */
const MAX_ALLOW_TEXT = 400;

function allowText(allow: readonly AllowRule[]): string {
  const text = allow.map(ruleText).join(', ');
  if (allow.length === 0) return 'nobody';
  return text.length > MAX_ALLOW_TEXT ? `${allow.length} rules` : text;
}

const keyText = ({ authorizedKeys }: SessionPolicy): string | undefined =>
  authorizedKeys?.map(({ line }) => line).join('\n');
