import { z } from 'zod';
import { inCidrs, isCidr } from '#address';
import type { Role } from '#kernel';
import type { Identity } from '../admission/identity.js';
import { isAllowedWho, MAX_ALLOW_VALUE, MAY, type AllowedWho, type May } from './allow.js';
import { DAY_MINUTES, DAYS, isWithin, isZone, type Hours } from './hours.js';

/** Who an operator's rule applies to: also everybody, and everybody who signed in. */
export type PolicyWho = AllowedWho | { readonly by: 'anyone' } | { readonly by: 'signed-in' };

/** What people may do in a session at most. */
export interface PeopleRule {
  readonly who: PolicyWho;
  readonly may: May;
}

/** What an operator demands of a session besides what its host could ask for, too. Travels in the session's record. */
export interface OperatorRules {
  /** What people may do at most; undefined: what their token and the host allow. A person to whom no rule applies may not join. */
  readonly people?: readonly PeopleRule[] | undefined;
  /** Each of these lists must have the joiner's address. */
  readonly addresses?: readonly (readonly string[])[] | undefined;
  /** People may be in the session while each of these lists has hours that include the moment. */
  readonly hours?: readonly (readonly Hours[])[] | undefined;
  /** False: a token or a name alone admits nobody. */
  readonly bareTokens?: boolean | undefined;
}

/** All that an operator demands of a session. */
export interface Requirements extends OperatorRules {
  readonly signIn: boolean;
  readonly approve: boolean;
  readonly approvals?: number | undefined;
  readonly readersOnly: boolean;
  readonly web: boolean;
  readonly moderated: boolean;
  readonly expiresMs: number | undefined;
  readonly idleMs: number | undefined;
  readonly seatLockMs: number | undefined;
  readonly maxJoiners: number | undefined;
}

/** An operator who demands nothing. */
export const NO_REQUIREMENTS: Requirements = {
  signIn: false,
  approve: false,
  readersOnly: false,
  web: true,
  moderated: false,
  expiresMs: undefined,
  idleMs: undefined,
  seatLockMs: undefined,
  maxJoiners: undefined,
};

/** Rules and lists of one policy: they travel in the record of each session, about 100 bytes each. */
export const MAX_PEOPLE_RULES = 128;
export const MAX_LISTS = 32;
export const MAX_RANGES = 128;

/** Whether a rule applies to somebody; `identity`: who they are, if they have proved it. */
export function isWho(who: PolicyWho, identity: Identity | undefined): boolean {
  if (who.by === 'anyone') return true;
  if (who.by === 'signed-in') return identity !== undefined;
  return identity !== undefined && isAllowedWho(who, identity);
}

/** The most that the rules let somebody do; undefined: no rule applies to them. */
export function mostOf(rules: readonly PeopleRule[], identity: Identity | undefined): May | undefined {
  const granted = new Set(rules.filter(({ who }) => isWho(who, identity)).map(({ may }) => may));
  return MAY.findLast((may) => granted.has(may));
}

/** Why the operator refuses a joiner because of where and when they come. */
export function placeFault(
  { addresses = [], hours = [] }: OperatorRules,
  address: string,
  now: number,
): 'address-not-allowed' | 'outside-hours' | undefined {
  if (!addresses.every((ranges) => inCidrs(address, ranges))) return 'address-not-allowed';
  return hours.every((list) => list.some((one) => isWithin(one, now))) ? undefined : 'outside-hours';
}

/** The smaller of two limits; undefined: there is none. */
export const least = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
/** The larger of two limits; undefined: there is none. */
export const most = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
const both = <T>(one: readonly T[] | undefined, other: readonly T[] | undefined): readonly T[] | undefined =>
  one === undefined || other === undefined ? (one ?? other) : [...one, ...other];

/** What is demanded by one or the other. */
export function combined(one: Requirements, other: Requirements): Requirements {
  return {
    signIn: one.signIn || other.signIn,
    approve: one.approve || other.approve,
    approvals: most(one.approvals, other.approvals),
    readersOnly: one.readersOnly || other.readersOnly,
    web: one.web && other.web,
    moderated: one.moderated || other.moderated,
    expiresMs: least(one.expiresMs, other.expiresMs),
    idleMs: least(one.idleMs, other.idleMs),
    seatLockMs: least(one.seatLockMs, other.seatLockMs),
    maxJoiners: least(one.maxJoiners, other.maxJoiners),
    people: one.people ?? other.people,
    addresses: both(one.addresses, other.addresses),
    hours: both(one.hours, other.hours),
    bareTokens: one.bareTokens !== false && other.bareTokens !== false,
  };
}

/** What somebody may do as a joiner. */
export const roleOfMay = (may: May): Role => (may === 'look' ? 'reader' : 'writer');

const text = z.string().min(1).max(MAX_ALLOW_VALUE);
const minute = z.int().min(0).max(DAY_MINUTES);
const RECORD = z.strictObject({
  people: z
    .array(
      z.strictObject({
        who: z.union([
          z.strictObject({ by: z.enum(['name', 'group', 'provider-user']), value: text }),
          z.strictObject({ by: z.enum(['anyone', 'signed-in']) }),
        ]),
        may: z.enum(MAY),
      }),
    )
    .max(MAX_PEOPLE_RULES)
    .optional(),
  addresses: z
    .array(z.array(z.string().refine(isCidr)).max(MAX_RANGES))
    .max(MAX_LISTS)
    .optional(),
  hours: z
    .array(
      z
        .array(
          z.strictObject({ days: z.array(z.enum(DAYS)), from: minute, to: minute, zone: z.string().refine(isZone) }),
        )
        .max(MAX_LISTS),
    )
    .max(MAX_LISTS)
    .optional(),
  bareTokens: z.literal(false).optional(),
});

/** Whether something in a session's record is an operator's rules. */
export const isOperatorRules = (value: unknown): value is OperatorRules => RECORD.safeParse(value).success;
