const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const;

/** `5 minutes` for people: in the largest whole unit, at least a second. `ms` is in milliseconds. */
export function durationText(ms: number): string {
  const seconds = Math.max(1, Math.floor(ms / 1000));
  const [length, unit] = UNITS.find(([length]) => seconds >= length) ?? [1, 'second'];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `5 minutes ago`, or `just now` within the last second. */
export function agoText(ms: number): string {
  return ms < 1000 ? 'just now' : `${durationText(ms)} ago`;
}
