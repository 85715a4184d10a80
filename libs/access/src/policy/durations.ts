const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Longest duration that is accepted: 30 days, in ms. */
export const MAX_DURATION_MS = 30 * 86_400_000;

/** Reads `90s`, `30m`, `2h` or `1d`, from a second to 30 days, as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** `2 hours`, `90 seconds`: in the largest unit that it is a whole number of, at least a second. */
export function exactText(ms: number): string {
  const whole = Math.max(1_000, Math.round(ms / 1_000) * 1_000);
  const names = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [name, unit] = names.find(([, unitMs]) => whole % unitMs === 0) ?? (['second', 1_000] as const);
  const count = whole / unit;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
