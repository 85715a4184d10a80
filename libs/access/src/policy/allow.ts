import type { Identity } from '../admission/identity.js';

/** What rules let people do, from the least. */
export const MAY = ['look', 'type', 'moderate'] as const;
/** What a rule lets people do: a moderator may type, and decide about others. */
export type May = (typeof MAY)[number];

/** Who a rule applies to: a name at any provider, a group, or a name at a certain provider (`github:bob`). */
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

/** Whether a rule applies to somebody. Names are compared without regard to capitals, as mail addresses and user names are. */
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

/** The most that the rules let somebody do; undefined: no rule applies to them. */
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

const PROVIDER = /^[a-z][a-z0-9-]{0,31}$/;

/** The forms of a person or a group in a rule, for people to read. */
export const WHO_FORMS = 'NAME, group:NAME or PROVIDER:NAME';

/** Reads `ann@example.org`, `group:sre` or `github:bob`; undefined for anything else. */
export function readWho(text: string): AllowedWho | undefined {
  const at = text.indexOf(':');
  const value = text.slice(at + 1).trim();
  if (text.length > MAX_ALLOW_VALUE || value === '' || /\p{C}/u.test(text)) return undefined;
  if (at < 0) return { by: 'name', value };
  const before = text.slice(0, at);
  if (before === 'group') return { by: 'group', value };
  return PROVIDER.test(before) ? { by: 'provider-user', value: `${before}:${value}` } : undefined;
}

/** Who a rule applies to, as it is written and read. */
export const whoText = ({ by, value }: AllowedWho): string => (by === 'group' ? `group:${value}` : value);

/** A rule as it is written and read: `group:sre:look`. */
export const ruleText = ({ who, may }: AllowRule): string => `${whoText(who)}:${may}`;

/**
 * Reads `ann@example.org:type, group:sre:look, github:bob:moderate`. `faulty`: the places, from 1, of those that make no sense.
 * Rules over `MAX_ALLOW_RULES` make none.
 */
export function readAllowList(text: string): {
  readonly rules: readonly AllowRule[];
  readonly faulty: readonly number[];
} {
  const read = text.split(',').map((part) => readRule(part.trim()));
  const isKept = (rule: AllowRule | undefined, at: number): rule is AllowRule =>
    rule !== undefined && at < MAX_ALLOW_RULES;
  return { rules: read.filter(isKept), faulty: read.flatMap((rule, at) => (isKept(rule, at) ? [] : [at + 1])) };
}

function readRule(text: string): AllowRule | undefined {
  const at = text.lastIndexOf(':');
  const may = MAY.find((one) => one === text.slice(at + 1).trim());
  const who = may === undefined ? undefined : readWho(text.slice(0, at).trim());
  return may === undefined || who === undefined ? undefined : { who, may };
}
