/**
 * Keeps at most `most` entries of a map: the ones that were set last. It looks for the first entry only if there are too many,
 * because that is slow in a map from which much was deleted.
 */
export function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
