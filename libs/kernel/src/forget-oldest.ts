/**
 * Keeps `most` entries of a map at most: those that were set last. Looks for the first only where there are too many, for that takes
 * time in a map out of which much was deleted.
 */
export function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
