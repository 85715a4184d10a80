import { randomBytes } from 'node:crypto';
import { ShipmateError, type Role } from '#kernel';

/** 55 characters that cannot be confused with each other: no 0 1 l o I L O. 25 of them carry 144 bits. */
export const TOKEN_ALPHABET = '23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ';
/** Letters and digits of a token, without `ro-`. */
export const TOKEN_LENGTH = 25;
/** What a reader's token begins with. */
export const READER_PREFIX = 'ro-';

/** The largest multiple of 55 in a byte: larger bytes would favour the first characters, and are drawn again. */
const FAIR_BYTES = 256 - (256 % TOKEN_ALPHABET.length);

/** Where random bytes come from; a test may fix them. */
export type RandomSource = (bytes: number) => Uint8Array;

/** The two secrets that join a session. */
export interface TokenPair {
  readonly writer: string;
  readonly reader: string;
}

/** Makes both tokens of a new session from the system's CSPRNG; neither reveals anything about the other. */
export function mintTokens(random: RandomSource = randomBytes): TokenPair {
  return { writer: mintToken('writer', random), reader: mintToken('reader', random) };
}

/** Makes one token. */
export function mintToken(role: Role, random: RandomSource = randomBytes): string {
  let token = '';
  while (token.length < TOKEN_LENGTH) {
    for (const byte of random(2 * TOKEN_LENGTH)) {
      if (byte < FAIR_BYTES && token.length < TOKEN_LENGTH) token += TOKEN_ALPHABET[byte % TOKEN_ALPHABET.length];
    }
  }
  return role === 'reader' ? READER_PREFIX + token : token;
}

/** What a joiner gave as its user name or in a link. */
export type JoinKey =
  | { readonly kind: 'token'; readonly token: string; readonly role: Role }
  /** A name `user/name`; the directory knows its role. */
  | { readonly kind: 'name'; readonly name: string };

const TOKEN = new RegExp(`^(${READER_PREFIX})?[${TOKEN_ALPHABET}]{${TOKEN_LENGTH}}$`);
/** tmate's rule for names: 1 to 50 of `[a-zA-Z0-9]`, and single hyphens between them. */
const NAME_PART = /^(?=.{1,50}$)[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/;

/** Whether `name` may be a user's or a session's name. */
export function isNamePart(name: string): boolean {
  return name.length <= 50 && NAME_PART.test(name);
}

/**
 * Reads a `TOKEN`, an `ro-TOKEN` or a `user/name`. Throws `not-found` for anything else, with a text that quotes nothing: it
 * may be a password that was typed in the wrong place.
 */
export function parseJoinKey(given: string): JoinKey {
  if (given.length <= READER_PREFIX.length + TOKEN_LENGTH && TOKEN.test(given)) {
    return { kind: 'token', token: given, role: given.startsWith(READER_PREFIX) ? 'reader' : 'writer' };
  }
  if (given.length <= 101) {
    const [user, name, ...rest] = given.split('/');
    if (user !== undefined && name !== undefined && rest.length === 0 && isNamePart(user) && isNamePart(name)) {
      return { kind: 'name', name: given };
    }
  }
  throw new ShipmateError('not-found', 'That is not a session token');
}
