import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { SignInId } from './store/sign-in-store.js';

/** The id under which the store has something that is known by a secret, or that no one should read there. */
export function idOf(...parts: readonly string[]): SignInId {
  const hash = createHash('sha256');
  // Each part with its length: no two lists of parts are written alike.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part, 'utf8');
  return hash.digest('base64url');
}

/** 256 random bits, 43 characters. */
export const mintSecret = (): string => randomBytes(32).toString('base64url');

/** Consonants that are not taken for one another, and make no words. */
const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const CODE_LENGTH = 8;
const CODE = new RegExp(`^[${CODE_LETTERS}]{${CODE_LENGTH}}$`);

/** A code for people to read and compare: `WDJB-MJHT`, one of 25 billion. */
export function mintCode(): string {
  const letters = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
  return `${letters.slice(0, CODE_LENGTH / 2)}-${letters.slice(CODE_LENGTH / 2)}`;
}

/** A code as `mintCode` writes it, from how people do: small letters, spaces, no hyphen. Undefined if it is not a code. */
export function readCode(text: string): string | undefined {
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '');
  const isCode = CODE.test(letters);
  return isCode ? `${letters.slice(0, CODE_LENGTH / 2)}-${letters.slice(CODE_LENGTH / 2)}` : undefined;
}
