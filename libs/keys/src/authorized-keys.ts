import { isShipmateError, ShipmateError } from '#kernel';
import { matchesFrom } from '#address';
import { certificateFault, type Certificate, type CertificateFault } from './certificate-rules.js';
import { parseOptions, shown, splitOptions, type KeyOptions } from './key-options.js';
import { KEY_TYPES, parseListedKey, REFUSED_TYPES, type KeyType, type ListedKey } from './listed-key.js';

/** Longest line that is read, in characters, as in sshd. */
export const MAX_KEY_LINE = 8_192;
/** Most keys that one session or one file may have. */
export const MAX_KEYS = 1_000;

/** A valid line of authorized keys. */
export interface AuthorizedKey {
  readonly key: ListedKey;
  readonly options: KeyOptions;
  readonly comment: string;
  /** The line as it was written. */
  readonly line: string;
}

/** The result of reading a line: a key or nothing, and what the author of the line should know. */
export interface ParsedLine {
  readonly key: AuthorizedKey | undefined;
  readonly notices: readonly string[];
}

/**
 * Reads one line of an OpenSSH authorized_keys file: `[options] type base64 [comment]`. Empty lines and comments give
 * nothing. An invalid line, or one with a restriction that cannot be enforced, admits nobody and gives a notice.
 */
export function parseAuthorizedKey(line: string): ParsedLine {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return { key: undefined, notices: [] };
  // How its author recognizes the line. Only for valid lines: the words of anything else may be secret.
  let name = '';
  try {
    if (text.length > MAX_KEY_LINE) throw new ShipmateError('limit', 'the line is too long');
    const bare = isKeyType(text.split(/[ \t]/, 1)[0] ?? '');
    const { options: written, rest } = bare ? { options: '', rest: text } : splitOptions(text);
    const [type = '', base64 = '', ...comment] = rest.split(/[ \t]+/);
    if (isKeyType(type)) name = shown(comment.join(' '));
    const { options, notices } = parseOptions(written);
    const refused = REFUSED_TYPES.get(type);
    if (refused !== undefined) throw new ShipmateError('protocol', refused);
    if (!isTaken(type)) throw new ShipmateError('protocol', `the key type "${shown(type)}" is not known`);
    const key = { key: parseListedKey(type, base64), options, comment: comment.join(' '), line: text };
    const about = notices.map((notice) => `authorized key ${shown(key.comment) || type}: ${notice}`);
    return { key, notices: about };
  } catch (error) {
    if (!isShipmateError(error)) throw error;
    return { key: undefined, notices: [`an authorized key${name && ` (${name})`} is ignored: ${error.message}`] };
  }
}

/** Reads a whole file; a notice names its line. `limit` when it has too many keys. */
export function parseAuthorizedKeys(text: string): { keys: AuthorizedKey[]; notices: string[] } {
  const parsed = text.split(/\r?\n/).map(parseAuthorizedKey);
  const keys = parsed.flatMap(({ key }) => key ?? []);
  if (keys.length > MAX_KEYS) throw new ShipmateError('limit', `more than ${MAX_KEYS} authorized keys`);
  return { keys, notices: parsed.flatMap(({ notices }, i) => notices.map((notice) => `line ${i + 1}: ${notice}`)) };
}

/** A key that somebody proved to hold, or offers to: its wire form, and from where. */
export interface OfferedKey {
  /** A certificate's whole wire form where it came with one. */
  readonly blob: Uint8Array;
  /** What stands in it, where it is a certificate. */
  readonly certificate?: Certificate | undefined;
  /** Whether a security key said that it had verified its user; undefined while the key is only offered. */
  readonly userVerified?: boolean | undefined;
  readonly address: string;
  /** The time, in ms since the epoch. */
  readonly now: number;
  /** Whether a terminal is requested, which a certificate must permit; false by default. */
  readonly terminal?: boolean;
}

/** Why no line admits a key. */
export type KeyFault =
  | { readonly reason: 'key-unknown' | 'key-expired' | 'key-address' | 'key-unverified' | 'authority-expired' }
  | CertificateFault;

/** Whether a list admits a key, and if not, why. */
export type KeyVerdict =
  { readonly admitted: true; readonly key: AuthorizedKey } | { readonly admitted: false; readonly fault: KeyFault };

/**
 * Whether one of `keys` admits the offered one. If a key is in several lines, one of them must admit it. A certificate is
 * admitted only by lines for its CA, and a plain key only by lines for plain keys, as in sshd: a client that has both offers
 * both.
 */
export function admits(keys: readonly AuthorizedKey[], offered: OfferedKey): KeyVerdict {
  let fault: KeyFault = { reason: 'key-unknown' };
  const { certificate, blob } = offered;
  for (const key of keys) {
    if (key.options.authority !== (certificate !== undefined)) continue;
    if (Buffer.compare(key.key.blob, certificate?.authority ?? blob) !== 0) continue;
    const found = faultOf(key.options, offered);
    if (found === undefined) return { admitted: true, key };
    fault = found;
  }
  return { admitted: false, fault };
}

/** Whether a line names the certificate's CA: anybody can write anything into a certificate of another CA. */
export function isVouchedFor({ authority }: Certificate, keys: readonly AuthorizedKey[] | undefined): boolean {
  return keys?.some(({ key, options }) => options.authority && Buffer.compare(key.blob, authority) === 0) ?? false;
}

function faultOf(options: KeyOptions, offered: OfferedKey): KeyFault | undefined {
  const { certificate, address, now, terminal = false } = offered;
  const { expiresAt, from, verifyRequired } = options;
  if (expiresAt !== undefined && now >= expiresAt) {
    return { reason: certificate === undefined ? 'key-expired' : 'authority-expired' };
  }
  if (from !== undefined && !matchesFrom(from, address)) return { reason: 'key-address' };
  const mustVerify = verifyRequired || certificate?.criticalOptions.has('verify-required') === true;
  if (mustVerify && offered.userVerified === false) return { reason: 'key-unverified' };
  return certificate && certificateFault(certificate, options, { address, now, terminal });
}

const isTaken = (type: string): type is KeyType => (KEY_TYPES as readonly string[]).includes(type);
const isKeyType = (type: string): boolean => isTaken(type) || REFUSED_TYPES.has(type);
