/** A word that differs in more than a third of its letters is another word, not a typing error. */
const MOST_DIFFERENT = 1 / 3;

/** The known word that somebody probably meant; undefined if none is close. */
export function nearest(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(given.length * MOST_DIFFERENT) + 1;
  for (const word of known) {
    const distance = editDistance(given, word);
    if (distance < least) [best, least] = [word, distance];
  }
  return best;
}

/** How many letters must be added, removed or replaced to make one word of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
