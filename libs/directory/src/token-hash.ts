import { createHash } from 'node:crypto';
import type { Role } from '#kernel';

declare const brand: unique symbol;

/**
 * A token in the form that the directory and the logs use: SHA-256 of the whole token (`ro-` included), base64url, 43
 * characters.
 */
export type TokenHash = string & { readonly [brand]: 'TokenHash' };

/**
 * Hashes a token. This is the one place that does: a token has 144 bits from a CSPRNG, so that a plain hash, with neither
 * salt nor stretching, cannot be searched backwards.
 */
export function hashToken(token: string): TokenHash {
  return createHash('sha256').update(token, 'utf8').digest('base64url') as TokenHash;
}

/** The hashes of the tokens of both roles. */
export const hashTokens = ({ writer, reader }: Readonly<Record<Role, string>>): Readonly<Record<Role, TokenHash>> => ({
  writer: hashToken(writer),
  reader: hashToken(reader),
});
