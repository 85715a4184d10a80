import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { ShipmateError } from '#kernel';

/** In bytes of UTF-8: nobody types a longer password. */
export const MAX_PASSWORD_BYTES = 256;

/** A hash that no password matches: for a password that was set but could not be used. */
export const LOCKED_PASSWORD = '!';

/** log2 of scrypt's cost, and its block size: 16 MiB and about 40 ms for one try, on one core. */
const COST_BITS = 14;
const BLOCK = 8;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Hashes that are computed at the same time; the rest waits. More would use up the threads that read files and resolve names. */
const AT_ONCE = 2;
/** Tries that may wait: a second of work. */
const MAX_WAITING = 32;

const HASH = /^scrypt\$14\$8\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;

/** A password as it may be kept: `scrypt$14$8$SALT$KEY`, base64url. Throws `unavailable` if too many are being computed. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derived(password, salt);
  return ['scrypt', COST_BITS, BLOCK, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether a text is a hash that `hashPassword` makes, or the one that nothing matches. */
export const isPasswordHash = (text: string): boolean => text === LOCKED_PASSWORD || HASH.test(text);

/**
 * Whether `given` is the password that was hashed. Takes the same time whatever is wrong, even if no password can match. Throws
 * `unavailable` if too many tries are being computed.
 */
export async function isPassword(hash: string, given: string): Promise<boolean> {
  const match = HASH.exec(hash);
  const salt = Buffer.from(match?.[1] ?? '', 'base64url');
  const wanted = Buffer.from(match?.[2] ?? '', 'base64url');
  const key = await derived(given, salt);
  return wanted.length === KEY_BYTES && timingSafeEqual(key, wanted) && isTypable(given);
}

/** Whether a text can be a password at all: 1 to 256 bytes. */
export function isTypable(password: string): boolean {
  const bytes = Buffer.byteLength(password);
  return bytes > 0 && bytes <= MAX_PASSWORD_BYTES;
}

/** One spelling for what looks alike: keyboards of two systems may compose a letter differently. */
const spelt = (password: string): string => password.slice(0, MAX_PASSWORD_BYTES).normalize('NFC');

let running = 0;
const waiting: (() => void)[] = [];

async function derived(password: string, salt: Uint8Array): Promise<Buffer> {
  if (waiting.length >= MAX_WAITING)
    throw new ShipmateError('unavailable', 'Too many passwords are being checked right now');
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) =>
      scrypt(spelt(password), salt, KEY_BYTES, { N: 2 ** COST_BITS, r: BLOCK, p: 1 }, (error, key) =>
        error === null ? resolve(key) : reject(error),
      ),
    );
  } finally {
    // The next one gets this place.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
