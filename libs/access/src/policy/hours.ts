/** The days of a week, as policies write them. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];

/** Hours of a week in a time zone. If `from` is not before `to`, they go on until the next day. */
export interface Hours {
  readonly days: readonly Day[];
  /** Minutes since midnight, 0 to 1,440; `from` counts, `to` does not. */
  readonly from: number;
  readonly to: number;
  /** An IANA name, such as `Europe/Berlin`. */
  readonly zone: string;
}

/** Minutes of a day. */
export const DAY_MINUTES = 1_440;

const formats = new Map<string, Intl.DateTimeFormat>();
/** Zones whose formatter is kept: there are some 600 in all, and each costs some KB. */
const MAX_FORMATS = 64;

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const options = { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const made = new Intl.DateTimeFormat('en-GB', options);
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(zone, made);
  return made;
}

/** Whether there is a time zone of this name. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whether `now`, in ms since the epoch, is within these hours. */
export function isWithin({ days, from, to, zone }: Hours, now: number): boolean {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const today = DAYS.findIndex((day) => day === parts.get('weekday')?.toLowerCase());
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  const isOn = (day: number): boolean => days.some((one) => one === DAYS[(day + DAYS.length) % DAYS.length]);
  if (from < to) return isOn(today) && from <= minute && minute < to;
  return (isOn(today) && minute >= from) || (isOn(today - 1) && minute < to);
}
