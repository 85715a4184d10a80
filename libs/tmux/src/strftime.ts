/** A moment as a calendar shows it in some place. */
export interface DateParts {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 0 to 365. */
  readonly yearDay: number;
  /** Minutes east of UTC. */
  readonly offsetMinutes: number;
  /** The zone's short name, such as `UTC`. */
  readonly zone: string;
  /** Seconds since the Unix epoch. */
  readonly epoch: number;
}

/** The parts of a moment (milliseconds since the Unix epoch) in a time zone that is `minutesEast` minutes east of UTC. */
export function datePartsAt(epochMs: number, offsetMinutes = 0, zone = offsetMinutes === 0 ? 'UTC' : ''): DateParts {
  const date = new Date(epochMs + offsetMinutes * 60_000);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / 86_400_000),
    offsetMinutes,
    zone,
    epoch: Math.floor(epochMs / 1000),
  };
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** A conversion: a number with its width and what fills it up, or text. */
type Conversion = (at: DateParts) => string | readonly [value: number, width: number, fill: '0' | ' '];

const hour12 = (at: DateParts): number => at.hour % 12 || 12;
const half = (at: DateParts): string => (at.hour < 12 ? 'AM' : 'PM');
const weekOfYear = (at: DateParts, firstDay: number): number =>
  Math.floor((at.yearDay + 7 - ((at.weekday - firstDay + 7) % 7)) / 7);
const zoneOffset = (at: DateParts): string => {
  const minutes = Math.abs(at.offsetMinutes);
  const digits = Math.floor(minutes / 60) * 100 + (minutes % 60);
  return `${at.offsetMinutes < 0 ? '-' : '+'}${String(digits).padStart(4, '0')}`;
};

/** The conversions of the C locale, which tmux's clock is most often read in. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  a: (at) => (WEEKDAYS[at.weekday] ?? '').slice(0, 3),
  A: (at) => WEEKDAYS[at.weekday] ?? '',
  b: (at) => (MONTHS[at.month] ?? '').slice(0, 3),
  B: (at) => MONTHS[at.month] ?? '',
  c: (at) => strftime('%a %b %e %H:%M:%S %Y', at),
  C: (at) => [Math.floor(at.year / 100), 2, '0'],
  d: (at) => [at.day, 2, '0'],
  D: (at) => strftime('%m/%d/%y', at),
  e: (at) => [at.day, 2, ' '],
  F: (at) => strftime('%Y-%m-%d', at),
  g: (at) => [isoWeek(at).year % 100, 2, '0'],
  G: (at) => [isoWeek(at).year, 4, '0'],
  h: (at) => (MONTHS[at.month] ?? '').slice(0, 3),
  H: (at) => [at.hour, 2, '0'],
  I: (at) => [hour12(at), 2, '0'],
  j: (at) => [at.yearDay + 1, 3, '0'],
  k: (at) => [at.hour, 2, ' '],
  l: (at) => [hour12(at), 2, ' '],
  m: (at) => [at.month + 1, 2, '0'],
  M: (at) => [at.minute, 2, '0'],
  n: () => '\n',
  p: half,
  P: (at) => half(at).toLowerCase(),
  r: (at) => strftime('%I:%M:%S %p', at),
  R: (at) => strftime('%H:%M', at),
  s: (at) => [at.epoch, 1, '0'],
  S: (at) => [at.second, 2, '0'],
  t: () => '\t',
  T: (at) => strftime('%H:%M:%S', at),
  u: (at) => [at.weekday || 7, 1, '0'],
  U: (at) => [weekOfYear(at, 0), 2, '0'],
  V: (at) => [isoWeek(at).week, 2, '0'],
  w: (at) => [at.weekday, 1, '0'],
  W: (at) => [weekOfYear(at, 1), 2, '0'],
  x: (at) => strftime('%m/%d/%y', at),
  X: (at) => strftime('%H:%M:%S', at),
  y: (at) => [at.year % 100, 2, '0'],
  Y: (at) => [at.year, 4, '0'],
  z: zoneOffset,
  Z: (at) => at.zone,
  '%': () => '%',
};

/**
 * Fills in a template's `%` conversions as C's strftime does in the C locale, with glibc's flags (`_`, `-`, `0`, `^`,
 * `#`) and widths. Anything else stays as it is.
 */
export function strftime(template: string, at: DateParts): string {
  return template.replace(/%([-_0^#]*)(\d{0,3})[EO]?([a-zA-Z%])/g, (whole, flags: string, width: string, letter) => {
    const made = CONVERSIONS[String(letter)]?.(at);
    if (made === undefined) return whole;
    const [value, natural, fill] = typeof made === 'string' ? [made, 0, ' '] : made;
    let text = String(value);
    if (flags.includes('^')) text = text.toUpperCase();
    else if (flags.includes('#')) text = swapCase(text);
    if (flags.includes('-')) return text;
    const filler = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : fill;
    return text.padStart(width === '' ? natural : Number(width), filler);
  });
}

const swapCase = (text: string): string => (/[a-z]/.test(text) ? text.toUpperCase() : text.toLowerCase());

/** The week that has this day's Thursday, and the year that week belongs to. */
function isoWeek(at: DateParts): { year: number; week: number } {
  const weekday = (at.weekday + 6) % 7;
  const thursday = new Date(Date.UTC(at.year, at.month, at.day + 3 - weekday));
  const year = thursday.getUTCFullYear();
  const days = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000);
  return { year, week: Math.floor(days / 7) + 1 };
}
