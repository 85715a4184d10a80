import type { Identity } from '../admission/identity.js';

/** What rules let people do, from the least. */
export const MAY = ['look', 'type', 'moderate'] as const;
/** What a rule lets people do: a moderator may type, and decide about others. */
export type May = (typeof MAY)[number];

/** Whom a rule means: a name at any provider, a group, or a name at a certain provider (`github:bob`). */
export interface AllowedWho {
  readonly by: 'name' | 'group' | 'provider-user';
  readonly value: string;
}

/** People who may join, and what they may do at most. */
export interface AllowRule {
  readonly who: AllowedWho;
  readonly may: May;
}

/** Rules of one session; each is about 100 bytes in its record. */
export const MAX_ALLOW_RULES = 64;
/** Longest name or group in a rule, in characters. */
export const MAX_ALLOW_VALUE = 192;

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Whether a rule means somebody. Names are compared without regard to capitals, as mail addresses and user names are. */
export function isAllowedWho({ by, value }: AllowedWho, { provider, name, groups }: Identity): boolean {
  switch (by) {
    case 'name':
      return isSame(name, value);
    case 'group':
      return groups.includes(value);
    case 'provider-user':
      return isSame(`${provider}:${name}`, value);
  }
}

/** The most that the rules let somebody do; undefined: no rule means them. */
export function mostAllowed(rules: readonly AllowRule[], identity: Identity): May | undefined {
  const granted = new Set(rules.filter(({ who }) => isAllowedWho(who, identity)).map(({ may }) => may));
  return MAY.findLast((may) => granted.has(may));
}

/** Whether something in a session's record is a list of such rules. */
export function isAllowList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_ALLOW_RULES && value.every(isRule);
}

function isRule(rule: unknown): boolean {
  if (typeof rule !== 'object' || rule === null) return false;
  const { who, may, ...rest } = rule as Record<string, unknown>;
  if (typeof who !== 'object' || who === null || Object.keys(rest).length > 0) return false;
  const { by, value, ...more } = who as Record<string, unknown>;
  if (typeof value !== 'string' || value.length > MAX_ALLOW_VALUE || Object.keys(more).length > 0) return false;
  return ['name', 'group', 'provider-user'].includes(String(by)) && MAY.some((one) => one === may);
}
