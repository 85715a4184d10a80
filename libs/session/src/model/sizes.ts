/** A size in cells. */
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/**
 * The size of a terminal that limits nothing. Otherwise, somebody whose edge does not report would bind the others to the size
 * of a terminal that may be gone.
 */
export const NO_SIZE: Size = { cols: 0, rows: 0 };

/** Smallest and largest window a joiner may ask the host for. */
export const MIN_WINDOW: Size = { cols: 2, rows: 2 };
export const MAX_WINDOW: Size = { cols: 1000, rows: 500 };

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/**
 * The window that fits every writer's terminal: the smallest width and the smallest height, less the joiner's own status
 * line. Undefined if nobody limits it (the host's own terminal decides).
 */
export function smallestWindow(terminals: Iterable<Size>, statusLines: number): Size | undefined {
  let smallest: Size | undefined;
  for (const { cols, rows } of terminals) {
    if (cols === 0 || rows === 0) continue;
    const height = rows > statusLines ? rows - statusLines : rows;
    smallest = {
      cols: Math.min(smallest?.cols ?? Infinity, cols),
      rows: Math.min(smallest?.rows ?? Infinity, height),
    };
  }
  return (
    smallest && {
      cols: clamp(smallest.cols, MIN_WINDOW.cols, MAX_WINDOW.cols),
      rows: clamp(smallest.rows, MIN_WINDOW.rows, MAX_WINDOW.rows),
    }
  );
}
