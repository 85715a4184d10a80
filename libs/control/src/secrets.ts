import { createHash, randomBytes } from 'node:crypto';
import { mintToken, TOKEN_ALPHABET, TOKEN_LENGTH } from '#access';

declare const brand: unique symbol;

/** SHA-256 of a whole key or token, base64url, 43 characters: it has at least 144 bits from a CSPRNG, so a plain hash will do. */
export type SecretHash = string & { readonly [brand]: 'SecretHash' };

/** What API keys begin with; tmate's own do too, and have as many characters. */
export const API_KEY_PREFIX = 'tmk-';
/** What operators' tokens begin with. */
export const OPERATOR_TOKEN_PREFIX = 'smo-';

/** A new API key: 30 characters, as tmate's clients and documents expect. */
export function mintApiKey(): string {
  return `${API_KEY_PREFIX}${mintToken('writer')}${mintToken('writer').charAt(0)}`;
}

/** A new operator's token. */
export function mintOperatorToken(): string {
  return `${OPERATOR_TOKEN_PREFIX}${mintToken('writer')}${mintToken('writer').slice(0, 15)}`;
}

/** A new id of a credential: 12 characters. */
export function mintId(): string {
  return [...randomBytes(12)].map((byte) => TOKEN_ALPHABET[byte % TOKEN_ALPHABET.length]).join('');
}

const API_KEY = new RegExp(`^${API_KEY_PREFIX}[${TOKEN_ALPHABET}]{${TOKEN_LENGTH + 1}}$`);

/** Whether a text looks like an API key: others need not be asked for. */
export const isApiKey = (text: string): boolean => API_KEY.test(text);

/** The hash under which an API key or token is stored and found. */
export function hashSecret(secret: string): SecretHash {
  return createHash('sha256').update(secret, 'utf8').digest('base64url') as SecretHash;
}
