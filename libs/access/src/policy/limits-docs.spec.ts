import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_GROUP_BYTES, MAX_GROUPS, MAX_PERSON_NAME_BYTES } from '../admission/identity.js';
import { MAX_ALLOW_RULES, MAX_ALLOW_VALUE } from './allow.js';
import { MAX_INVITATIONS, MAX_USES } from './invitations.js';
import { MAX_PERSON_LOCKS, MAX_REASON_BYTES } from './operator-locks.js';
import { MAX_POLICY_BYTES } from './operator-policy.js';
import { MAX_LISTS, MAX_PEOPLE_RULES, MAX_RANGES } from './operator-rules.js';
import { MAX_SENT_AWAY } from './sent-away.js';
import { MAX_SIGN_OUTS } from './sign-outs.js';

const grouped = (count: number): string => count.toLocaleString('en-US');

describe('docs/limits.md', () => {
  const page = readFileSync(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| (.+?) +\| (.+?) +\|/gm)].map(([, name = '', most = '']) => [name, most] as const),
  );

  it.each([
    ['invitations of a session', grouped(MAX_INVITATIONS)],
    ['uses of one invitation', grouped(MAX_USES)],
    ['entries of `tmate-set allow=`', grouped(MAX_ALLOW_RULES)],
    ['one name or group in it', `${MAX_ALLOW_VALUE} characters`],
    ['people whom a session bans or makes readers', grouped(MAX_SENT_AWAY)],
    ['a policy', `${MAX_POLICY_BYTES / 1024} KiB in a file, 16 KiB through the API`],
    ['people and groups in one of its lists', grouped(MAX_PEOPLE_RULES)],
    ['entries of `sessions`', grouped(MAX_LISTS)],
    ['addresses in one entry', grouped(MAX_RANGES)],
    ['locks on people, in a fleet', `${grouped(MAX_PERSON_LOCKS)}, with a reason of ${MAX_REASON_BYTES} bytes each`],
    ['sign-outs that are remembered for people inside', grouped(MAX_SIGN_OUTS)],
    ['groups of one person that count', `${MAX_GROUPS}, of ${MAX_GROUP_BYTES} bytes each`],
    ["a person's name", `${MAX_PERSON_NAME_BYTES} bytes`],
  ])('says how much there may be of %s', (name, most) => {
    expect(rows.get(name)).toBe(most);
  });
});
