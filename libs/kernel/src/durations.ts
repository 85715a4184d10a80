const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** Milliseconds in a unit by its letter: `s`, `m`, `h`, `d`. */
export const UNIT_MS: Readonly<Record<string, number>> = Object.fromEntries(UNITS.map(([name, ms]) => [name[0], ms]));

const largest = (ms: number) => UNITS.find(([, unitMs]) => ms >= unitMs) ?? UNITS[3];
const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`;

/** `5 minutes` for people: in the largest whole unit, at least a second. `ms` is in milliseconds. */
export function durationText(ms: number): string {
  const [name, unitMs] = largest(ms);
  return counted(Math.max(1, Math.floor(ms / unitMs)), name);
}

/** `2 hours`, `90 seconds`: in the largest unit that it is a whole number of, at least a second. */
export function exactText(ms: number): string {
  const whole = Math.max(1_000, Math.round(ms / 1_000) * 1_000);
  const [name, unitMs] = UNITS.find(([, unit]) => whole % unit === 0) ?? UNITS[3];
  return counted(whole / unitMs, name);
}

/** `5m`: the largest whole unit, for tables. */
export function shortText(ms: number): string {
  const [name, unitMs] = largest(ms);
  return `${Math.max(0, Math.floor(ms / unitMs))}${name[0]}`;
}

/** `5 minutes ago`, or `just now` within the last second. */
export function agoText(ms: number): string {
  return ms < 1000 ? 'just now' : `${durationText(ms)} ago`;
}

/** `m:ss` of a time to wait, rounded up to a second. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
