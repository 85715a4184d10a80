import { ShipmateError } from '#kernel';
import { hostNamesIn } from '#address';

/** The options of an authorized key that this server honours. */
export interface KeyOptions {
  /** The pattern list of `from=`. */
  readonly from: string | undefined;
  /** When the key stops being accepted, in ms since the epoch. */
  readonly expiresAt: number | undefined;
  /** The line names a certification authority: it admits certificates, never the key itself. */
  readonly authority: boolean;
  /** The certificate must name one of these principals; undefined: it may name any. */
  readonly principals: readonly string[] | undefined;
  /** A security key must have verified its user, by PIN or fingerprint. */
  readonly verifyRequired: boolean;
}

export const NO_OPTIONS: KeyOptions = {
  from: undefined,
  expiresAt: undefined,
  authority: false,
  principals: undefined,
  verifyRequired: false,
};

/** Options that neither permit nor forbid a terminal: Shipmate offers none of what they forbid or allow. */
const WITHOUT_MEANING = new Set(
  (
    'agent-forwarding no-agent-forwarding port-forwarding no-port-forwarding x11-forwarding no-x11-forwarding user-rc ' +
    'no-user-rc permitlisten permitopen tunnel no-touch-required'
  ).split(' '),
);

/** Options that cannot apply to a shared terminal; the author of the line is told. */
const IGNORED = new Set(['environment']);

/** Options that forbid a terminal, with the reason for refusing the line: joiners get nothing but a terminal. */
const WITHOUT_TERMINAL: ReadonlyMap<string, string> = new Map([
  ['no-pty', 'no-pty forbids a terminal, so it lets nobody in'],
  ['restrict', 'restrict forbids a terminal, so it lets nobody in; restrict,pty would'],
]);

/** One option as written: `name` in lower case, `value` without its quotes. */
interface WrittenOption {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Splits the options field from the rest of a line: up to the first blank outside double quotes. `\"` in quotes is a
 * quote (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Throws `protocol` if a quote is not closed.
 */
export function splitOptions(line: string): { options: string; rest: string } {
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (quoted && char === '\\' && line[at + 1] === '"') at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === ' ' || char === '\t')) {
      return { options: line.slice(0, at), rest: line.slice(at).trim() };
    }
  }
  throw new ShipmateError('protocol', quoted ? 'a quote is not closed' : 'the key is missing');
}

/** Reads an options field, with a notice for each option that is ignored. Throws `protocol` if the line must not be used. */
export function parseOptions(text: string): { options: KeyOptions; notices: string[] } {
  const notices: string[] = [];
  const options: { -readonly [K in keyof KeyOptions]: KeyOptions[K] } = { ...NO_OPTIONS };
  let withoutTerminal: string | undefined;
  for (const option of written(text)) {
    const { name } = option;
    if (name === 'command') {
      throw new ShipmateError('protocol', 'command= allows one command instead of a terminal, so it lets nobody in');
    } else if (name === 'pty' || WITHOUT_TERMINAL.has(name)) {
      // As in sshd, the last one counts.
      withoutTerminal = WITHOUT_TERMINAL.get(name);
    } else if (name === 'cert-authority') {
      options.authority = true;
    } else if (name === 'from') {
      options.from = onlyOnce(option, options.from);
      if (hostNamesIn(options.from)) notices.push('from: host names are not looked up, only addresses match');
    } else if (name === 'principals') {
      options.principals = onlyOnce(option, options.principals)
        .split(',')
        .filter((principal) => principal !== '');
    } else if (name === 'expiry-time') {
      options.expiresAt = Math.min(options.expiresAt ?? Infinity, parseExpiry(needed(option)));
    } else if (IGNORED.has(name)) {
      notices.push(`${name} has no meaning here and is ignored`);
    } else if (name === 'verify-required') {
      options.verifyRequired = true;
    } else if (!WITHOUT_MEANING.has(name)) {
      // As in sshd: a line with an unknown option admits nobody.
      throw new ShipmateError('protocol', `the option "${shown(name)}" is not known`);
    }
  }
  if (withoutTerminal !== undefined) throw new ShipmateError('protocol', withoutTerminal);
  return { options, notices: [...notices, ...aboutAuthority(options)] };
}

/** The notice for a CA line without `principals`, or a plain key with `principals`. */
function aboutAuthority({ authority, principals }: KeyOptions): string[] {
  if (authority && principals === undefined) {
    return ['every certificate of this CA is accepted, unless principals="NAME,..." limits them'];
  }
  return !authority && principals !== undefined ? ['principals has no meaning without cert-authority'] : [];
}

/** A user's text for a notice: short, without control characters. */
export function shown(text: string, most = 40): string {
  return text.slice(0, most).replace(/[^\x20-\x7e]/g, '?');
}

function written(text: string): WrittenOption[] {
  const pattern = /([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\"|\\)*)")?(?:,|$)/gy;
  const found: WrittenOption[] = [];
  if (text.endsWith(',')) throw new ShipmateError('protocol', 'the options are damaged');
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new ShipmateError('protocol', 'the options are damaged');
    found.push({ name: (match[1] ?? '').toLowerCase(), value: match[2]?.replaceAll('\\"', '"') });
  }
  return found;
}

function needed({ name, value }: WrittenOption): string {
  if (value === undefined || value === '') throw new ShipmateError('protocol', `${name} needs a value`);
  return value;
}

function onlyOnce(option: WrittenOption, before: unknown): string {
  if (before !== undefined) throw new ShipmateError('protocol', `${option.name} may be given only once`);
  return needed(option);
}

/**
 * `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`. sshd reads a time without Z in its own zone; here it is UTC, because the edges of one
 * fleet may be in many zones and must agree.
 */
function parseExpiry(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/i.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1).map((digits) => Number(digits ?? 0));
  const at = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second));
  // Date accepts values out of range: the 32nd would be the 1st of the next month.
  const exact = at.getUTCMonth() + 1 === month && at.getUTCDate() === day && at.getUTCHours() === hour;
  if (match === null || !exact || at.getUTCMinutes() !== minute || (second ?? 0) > 59) {
    throw new ShipmateError('protocol', 'expiry-time must be YYYYMMDD[HHMM[SS]][Z]');
  }
  return at.getTime();
}
