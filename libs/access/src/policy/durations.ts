import { UNIT_MS } from '#kernel';

/** Longest duration that is accepted: 30 days, in ms. */
export const MAX_DURATION_MS = 30 * 86_400_000;

/** Reads `90s`, `30m`, `2h` or `1d`, from a second to 30 days, as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  return ms <= MAX_DURATION_MS ? ms : undefined;
}
