import { MAX_GROUPS, MAX_PERSON_NAME_BYTES } from '#access';
import { SignInFault } from '../sign-in-fault.js';

const MAX_SUBJECT = 255;
/** Control characters, those that turn the direction of text, private ones, and line ends. */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u;

type Claims = Readonly<Record<string, unknown>>;

/** A text that may be shown: cut texts could look like somebody else's, so a long one does not count. */
const shownText = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' || Buffer.byteLength(text) > MAX_PERSON_NAME_BYTES || NOT_SHOWN.test(text) ? undefined : text;
};

/** The subject, which names a person at a provider. Throws a `SignInFault` if there is none. */
export function subjectOf(provider: string, subject: unknown): string {
  if (typeof subject === 'string' && subject.length <= MAX_SUBJECT && /^[\x21-\x7e]+$/.test(subject)) return subject;
  throw new SignInFault('invalid', `${provider} does not say who you are: its token has no usable subject`);
}

/**
 * The name of a person: the claim that the operator chose, and the subject if it is missing. An address that is not verified does not
 * count: anybody could write another person's. A user name with an `@` in it does not stand in for one either.
 */
export function nameOf(claims: Claims, nameClaim: string, subject: string): string {
  const isProven = nameClaim !== 'email' || claims['email_verified'] === true;
  const chosen = isProven ? shownText(claimOf(claims, nameClaim)) : undefined;
  if (chosen !== undefined) return chosen;
  const user = shownText(claims['preferred_username']);
  if (user !== undefined && !user.includes('@')) return user;
  return shownText(subject) ?? subject.slice(0, MAX_PERSON_NAME_BYTES);
}

/** The groups of a person: a list of texts, or one text. What cannot be shown is no group; after a hundred, the others are left out. */
export function groupsOf(claims: Claims, groupsClaim: string): readonly string[] {
  const value = claimOf(claims, groupsClaim);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(list.flatMap((group) => shownText(group) ?? []))].slice(0, MAX_GROUPS);
}

/** A claim by its name, or else by its path: `realm_access.roles`. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}
