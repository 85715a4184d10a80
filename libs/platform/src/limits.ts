import { UNIT_MS } from '#kernel';

/** How a limit is set: how many at the same time, how many within a time, or how many failures are free. */
export type LimitSetting =
  | { readonly kind: 'level'; readonly most: number }
  /** `amount` at once; what was used comes back evenly within `perMs`. */
  | { readonly kind: 'flow'; readonly amount: number; readonly perMs: number }
  | { readonly kind: 'free'; readonly count: number };

/** A limit: how it is written, what it is unless it is set, and what it counts (for the docs). */
interface LimitDef {
  readonly kind: LimitSetting['kind'];
  readonly standard: string;
  readonly counts: string;
}

const level = (standard: string, counts: string): LimitDef => ({ kind: 'level', standard, counts });
const flow = (standard: string, counts: string): LimitDef => ({ kind: 'flow', standard, counts });

/**
 * Every limit that can be set by `SHIPMATE_LIMITS`. The defaults per address and key leave room for a large team behind one
 * address; only its operator knows what a fleet can bear in total.
 */
export const LIMITS = {
  'connections-per-address': level('4000', 'open connections, by SSH and from pages'),
  'connections-in-all': level('off', 'the same for all addresses'),
  'handshakes-per-address': flow('3000/1m', 'new connections: each costs a key exchange'),
  'handshakes-in-all': flow('off', 'the same for all addresses'),
  'wrong-tokens-per-address': {
    kind: 'free',
    standard: '20',
    counts:
      'wrong tokens, names, passwords and approval codes that are free; after that, each one costs a wait, twice as long each time, up to an hour',
  },
  'wrong-tokens-in-all': flow(
    '1M/1h',
    'the same for all addresses; above it, only addresses that used a correct token at that edge within a day get in',
  ),
  'hosts-per-address': level('1000', 'connected hosts'),
  'hosts-per-key': level('1000', 'the same for one SSH key'),
  'hosts-in-all': level('off', 'the same of all'),
  'sessions-per-address': level('2000', 'sessions, including those that wait for their host'),
  'sessions-per-key': level('2000', 'the same for one SSH key'),
  'sessions-in-all': level('off', 'the same of all'),
  'joiners-per-address': level('2000', 'joiners, including those who wait to be let in'),
  'joiners-per-key': level('2000', 'the same for one SSH key'),
  'joiners-in-all': level('off', 'the same of all'),
  'bytes-per-address': flow('100G/1h', 'terminal traffic in bytes, to and from hosts and joiners'),
  'bytes-per-key': flow('100G/1h', 'the same for one SSH key'),
  'bytes-in-all': flow('off', 'the same of all'),
} as const satisfies Readonly<Record<string, LimitDef>>;

/** The name of a limit that `SHIPMATE_LIMITS` can set. */
export type LimitName = keyof typeof LIMITS;

/** The limits in force; missing ones are off. */
export interface LimitsConfig {
  readonly settings: Readonly<Partial<Record<LimitName, LimitSetting>>>;
  /** Those that were set, and are no defaults. */
  readonly given: ReadonlySet<LimitName>;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const LONGEST_MS = 86_400_000;

const number = (text: string): number | undefined => {
  const [, digits = '', unit = ''] = /^(\d{1,9})([kMGT]?)$/.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit] ?? 0);
  return digits !== '' && value > 0 && Number.isSafeInteger(value) ? value : undefined;
};

function period(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{0,5})([smhd])$/.exec(text) ?? [];
  const ms = (digits === '' ? 1 : Number(digits)) * (UNIT_MS[unit] ?? 0);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** How to write a limit, for the error message. */
const limitForm = (name: LimitName): string =>
  LIMITS[name].kind === 'flow' ? 'an amount and a time of up to a day, such as 3000/1m or 10G/1h' : 'a whole number';

function parseSetting(name: LimitName, text: string): LimitSetting | 'off' | undefined {
  if (text === 'off') return 'off';
  const { kind } = LIMITS[name];
  const [first = '', time, ...rest] = text.split('/');
  const amount = number(first);
  if (amount === undefined || rest.length > 0 || (kind === 'flow') !== (time !== undefined)) return undefined;
  if (kind === 'level') return { kind, most: amount };
  if (kind === 'free') return { kind, count: amount };
  const perMs = period(time ?? '');
  return perMs === undefined ? undefined : { kind, amount, perMs };
}

const isLimit = (name: string): name is LimitName => Object.hasOwn(LIMITS, name);

/** Reads `NAME=VALUE,…` over the defaults; else what is wrong with it, as the end of a sentence. */
export function parseLimits(items: readonly string[]): LimitsConfig | string {
  const settings: Partial<Record<LimitName, LimitSetting>> = {};
  const given = new Set<LimitName>();
  const set = (name: LimitName, text: string): boolean => {
    const setting = parseSetting(name, text);
    if (setting === undefined) return false;
    if (setting === 'off') delete settings[name];
    else settings[name] = setting;
    return true;
  };
  for (const name of Object.keys(LIMITS)) if (isLimit(name)) set(name, LIMITS[name].standard);
  for (const item of items) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(item) ?? [];
    if (!isLimit(name))
      return `must name limits of docs/limits.md, such as hosts-per-address=50, not ${JSON.stringify(item)}`;
    if (given.has(name)) return `must set ${name} once`;
    if (!set(name, value)) return `must set ${name} to ${limitForm(name)}, or to off, not to ${JSON.stringify(value)}`;
    given.add(name);
  }
  return { settings, given };
}

/** What holds unless something is set. */
export function defaultLimits(): LimitsConfig {
  const limits = parseLimits([]);
  if (typeof limits === 'string') throw new Error(limits);
  return limits;
}
