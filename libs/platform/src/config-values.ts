import { isIP } from 'node:net';
import { z } from 'zod';
import { durationText, UNIT_MS } from '#kernel';
import { isCidr } from '#address';
import { parseLimits, type LimitsConfig } from './limits.js';
import { Secret } from './secret.js';

/** How the texts of environment variables become values; each fault completes the sentence "NAME …". */

/** A check of a text with the fault to report; the offending text follows the fault, as JSON. */
function text<T>(read: (value: string) => T | undefined, fault: string) {
  return z.string().transform((value, context): T => {
    const result = read(value.trim());
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `must be ${fault}, not ${JSON.stringify(value)}` });
    return z.NEVER;
  });
}

export const port = () => whole(1, 65_535);

export const whole = (least: number, most: number) =>
  text(
    (value) => (/^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most ? Number(value) : undefined),
    `a whole number from ${least} to ${most}`,
  );

const TRUTHS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** An amount of memory: `k`, `M` and `G` are thousands. */
export const bytes = () =>
  text((value) => {
    const [, digits = '', unit = ''] = /^(\d{1,9})([kMG]?)$/.exec(value) ?? [];
    const amount = Number(digits) * (BYTE_UNITS.get(unit) ?? 1);
    return digits !== '' && amount >= LEAST_MEMORY && Number.isSafeInteger(amount) ? amount : undefined;
  }, 'bytes of at least 200M, such as 800M or 2G');

/** A process that serves nobody takes half of it. */
const LEAST_MEMORY = 200e6;
const BYTE_UNITS = new Map([
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
]);

export const flag = () => text((value) => TRUTHS.get(value.toLowerCase()), 'true or false');

export const oneOf = <const T extends readonly string[]>(...values: T) =>
  text((value): T[number] | undefined => values.find((one) => one === value), `one of ${values.join(', ')}`);

/** An IP address or a name to be looked up. */
export const hostname = () =>
  text((value) => (isIP(value) !== 0 || isName(value) ? value : undefined), 'an IP address or a host name');

/** A name whose last label is all digits is a mistyped IPv4 address: `300.1.1.1`. */
const isName = (value: string): boolean =>
  value.length <= 253 &&
  !/(^|\.)\d+$/.test(value) &&
  value.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/i.test(label));

/** The characters of a region or another short word: it appears in host names and metric labels. */
export const word = () =>
  text((value) => (/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(value) ? value : undefined), WORD_FAULT);

const WORD_FAULT = 'up to 32 lower-case letters, digits and inner hyphens';

/** Text that is looked at together with others. */
export const words = () => z.string().trim();

export const path = () => text((value) => (value.includes('\0') ? undefined : value), 'a path');

/** A URL with one of `schemes`, given without the slash at its end. */
export const url = (...schemes: readonly string[]) =>
  text(
    (value) => {
      if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol)) return undefined;
      return value.replace(/\/+$/, '');
    },
    `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  );

/** Several of them, separated by commas. */
export const urls = (...schemes: readonly string[]) =>
  text(
    (value) => {
      const list = splitList(value).map((item) => item.replace(/\/+$/, ''));
      const isOne = (item: string): boolean => URL.canParse(item) && schemes.includes(new URL(item).protocol);
      return list.length > 0 && list.every(isOne) ? list : undefined;
    },
    `URLs that begin with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}, separated by commas`,
  );

/** Names or addresses of hosts, separated by commas. */
export const hostnames = () =>
  text((value) => {
    const list = splitList(value);
    return list.length > 0 && list.every((host) => isIP(host) !== 0 || isName(host)) ? list : undefined;
  }, 'host names or IP addresses, separated by commas');

/** Host names, and no addresses. */
export const names = () =>
  text((value) => {
    const list = splitList(value).map((name) => name.toLowerCase());
    return list.length > 0 && list.length <= 100 && list.every(isDomain) ? [...new Set(list)] : undefined;
  }, 'up to 100 host names, separated by commas');

const isDomain = (name: string): boolean => isIP(name) === 0 && isName(name) && name !== 'localhost';

/** A user's name: tmate's rule for names. */
export const userName = () =>
  text(
    (value) => (value.length <= 50 && /^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/.test(value) ? value : undefined),
    '1 to 50 letters and digits, with single hyphens between them',
  );

/** A time as a number and a unit, in ms. */
export const duration = (leastMs: number, mostMs: number) =>
  text((value) => readDuration(value, leastMs, mostMs), durationFault(leastMs, mostMs));

/** The same, or `off`. */
export const durationOrOff = (leastMs: number, mostMs: number) =>
  text(
    (value): number | 'off' | undefined => (value === 'off' ? 'off' : readDuration(value, leastMs, mostMs)),
    `off, or ${durationFault(leastMs, mostMs)}`,
  );

function readDuration(value: string, leastMs: number, mostMs: number): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,5})([smhd])$/.exec(value) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0);
  return digits !== '' && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

const durationFault = (leastMs: number, mostMs: number): string =>
  `a time such as 30m, 12h or 30d, from ${durationText(leastMs)} to ${durationText(mostMs)}`;

/** Words of providers: each appears in variables, links and metric labels. */
export const wordList = () =>
  text((value) => {
    const list = splitList(value);
    const isWord = (word: string): boolean => /^[a-z][a-z0-9-]{0,30}$/.test(word) && !RESERVED_PROVIDERS.has(word);
    return list.length > 0 && list.length <= 10 && list.every(isWord) && new Set(list).size === list.length
      ? list
      : undefined;
  }, 'up to 10 different names of lower-case letters, digits and hyphens (not github), separated by commas');

/** `github` is a provider of its own. */
const RESERVED_PROVIDERS: ReadonlySet<string> = new Set(['github']);

/** The base URL of a provider, as it is written, since an issuer is compared letter by letter. */
export const issuer = () =>
  text(
    (value) => (URL.canParse(value) && isProviderUrl(new URL(value)) ? value : undefined),
    'an https:// URL without a query (http:// only for this machine)',
  );

const isProviderUrl = ({ protocol, hostname: host, username, password, search, hash }: URL): boolean =>
  (protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(host))) &&
  [username, password, search, hash].every((part) => part === '');

/** Issuers by name. */
export const issuers = () =>
  text((value) => {
    const named = new Map<string, string>();
    for (const item of splitList(value)) {
      const [, name = '', url = ''] = /^([a-z][a-z0-9-]{0,30})=(.*)$/.exec(item) ?? [];
      if (name === '' || named.has(name) || !URL.canParse(url) || !isProviderUrl(new URL(url))) return undefined;
      named.set(name, url);
    }
    return named.size > 0 && named.size <= MAX_ISSUERS ? named : undefined;
  }, 'a list such as gitlab=https://gitlab.com, each once and https');

const MAX_ISSUERS = 10;

/** OAuth's scopes (RFC 6749 3.3). */
export const scopes = () =>
  text(
    (value) => (/^[\x21\x23-\x5b\x5d-\x7e]+( +[\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value) ? value : undefined),
    'scopes, separated by spaces',
  );

/** The name of a claim. */
export const claim = () =>
  text((value) => (/^[\w:/.-]{1,100}$/.test(value) ? value : undefined), 'the name of a claim, such as email');

export const cidrs = () =>
  text((value) => {
    const list = splitList(value);
    return list.every(isCidr) ? list : undefined;
  }, CIDRS_FAULT);

/** The same, with one at least: an empty list would shut out everybody, or nobody. */
export const someCidrs = () =>
  text((value) => {
    const list = splitList(value);
    return list.length > 0 && list.every(isCidr) ? list : undefined;
  }, CIDRS_FAULT);

const CIDRS_FAULT = 'a list of addresses and CIDRs such as 10.0.0.0/8,2001:db8::/32';

/** Limits by name. */
export const limits = () =>
  z.string().transform((value, context): LimitsConfig => {
    const result = parseLimits(splitList(value));
    if (typeof result !== 'string') return result;
    context.addIssue({ code: 'custom', message: result });
    return z.NEVER;
  });

export const splitList = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Never shown, not even in the fault. */
export const secret = (leastChars: number) =>
  z
    .string()
    .refine((value) => value.trim().length >= leastChars, `must have at least ${leastChars} characters`)
    .transform((value) => new Secret(value.trim()));

/** A secret of at least so many bytes, in base64url. */
export const base64url = (leastBytes: number) =>
  secret(1).refine((value) => {
    const text = value.reveal().replace(/=+$/, '');
    return /^[\w-]+$/.test(text) && Buffer.from(text, 'base64url').length >= leastBytes;
  }, `must have at least ${leastBytes} bytes, in base64url`);

/** Several of them, separated by commas. */
export const secrets = (leastChars: number) =>
  z
    .string()
    .transform(splitList)
    .refine(
      (list) => list.length > 0 && list.every((item) => item.length >= leastChars),
      `must be a list of secrets, each with at least ${leastChars} characters`,
    )
    .transform((list) => list.map((item) => new Secret(item)));

/** A secret that is sent as `Authorization: Bearer …`: nothing that ends a word or is no ASCII (RFC 6750 2.1). */
export const bearerToken = (leastChars: number) =>
  secret(leastChars).refine(
    (value) => /^[\x21-\x7e]+$/.test(value.reveal()),
    'must be of visible ASCII characters, without a space in it',
  );

const FORGES_FAULT =
  'must be a list such as github=https://github.com,gitlab=https://gitlab.com, each once and https, or `none`';

/** Forges by name, each with its base address; plain http only to this machine. */
export const forges = () =>
  z.string().transform((value, context): ReadonlyMap<string, string> => {
    const bases = new Map<string, string>();
    for (const item of value.trim() === 'none' ? [] : splitList(value)) {
      const [, name = '', base = ''] = /^([^=]*)=(.*)$/.exec(item) ?? [];
      const isName = /^[a-z][a-z0-9-]{0,30}$/.test(name) && !bases.has(name);
      if (!isName || !URL.canParse(base) || !isSafeBase(new URL(base))) {
        context.addIssue({ code: 'custom', message: FORGES_FAULT });
        return z.NEVER;
      }
      bases.set(name, base.replace(/\/+$/, ''));
    }
    return bases;
  });

const isSafeBase = ({ protocol, hostname, username, password, search, hash }: URL): boolean =>
  (protocol === 'https:' || (protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]'))) &&
  [username, password, search, hash].every((part) => part === '');

const REDIS_SCHEMES = ['redis:', 'rediss:', 'redis+sentinel:', 'rediss+sentinel:'];
const REDIS_FAULT = 'must begin with redis://, rediss:// or redis+sentinel://';

/** A Redis URL may hold a password: it is a secret, and no fault repeats it. */
export const redisUrl = () =>
  z
    .string()
    .refine(isRedisUrl, REDIS_FAULT)
    .transform((value) => new Secret(value));

/** `nyc1=redis://…,sfo2=redis://…` */
export const redisRegions = () =>
  z.string().transform((value, context): ReadonlyMap<string, Secret> => {
    const regions = new Map<string, Secret>();
    for (const item of splitList(value)) {
      const [, region = '', address = ''] = /^([^=]*)=(.*)$/.exec(item) ?? [];
      if (!/^[a-z0-9-]{1,32}$/.test(region) || !isRedisUrl(address) || regions.has(region)) {
        context.addIssue({
          code: 'custom',
          message: 'must be a list such as nyc1=redis://…,sfo2=redis://…, each region once',
        });
        return z.NEVER;
      }
      regions.set(region, new Secret(address));
    }
    return regions;
  });

function isRedisUrl(value: string): boolean {
  // Sentinel URLs name several hosts, which the URL parser refuses: only the scheme is checked here.
  return REDIS_SCHEMES.some((scheme) => value.startsWith(`${scheme}//`) && value.length > scheme.length + 2);
}
