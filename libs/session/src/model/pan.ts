/**
 * The first column (or line) to show of a window that is larger than the terminal: the least that has the cursor in view.
 * A cursor that walks along moves the picture by half a terminal at a time, so that it does not creep.
 */
export function panTo(cursor: number, shown: number, all: number): number {
  if (shown >= all || shown <= 0) return 0;
  const step = Math.max(1, Math.floor(shown / 2));
  const least = Math.max(0, cursor - shown + 1);
  return Math.min(Math.ceil(least / step) * step, all - shown);
}
