/** Which key set copy mode runs with; it decides whether a selection holds its last character. */
export type ModeKeys = 'emacs' | 'vi';

/** A selection on the view: from where it began to the cursor, in columns and rows of the view. */
export interface Selection {
  readonly startX: number;
  readonly startY: number;
  readonly endX: number;
  readonly endY: number;
  readonly rectangle: boolean;
  readonly keys: ModeKeys;
}

/**
 * Whether the cell is selected. The rules are tmux 2.2's: a selection that runs upwards or to the left holds the
 * character that it began at in vi's key set only.
 */
export function isSelected(selection: Selection, x: number, y: number): boolean {
  const { startX, startY, endX, endY, rectangle, keys } = selection;
  if (y < Math.min(startY, endY) || y > Math.max(startY, endY)) return false;
  if (rectangle) return x >= Math.min(startX, endX) && x <= Math.max(startX, endX);
  // Unsigned, as tmux counts: before the first column is after the last.
  const last = keys === 'emacs' ? (startX - 1) >>> 0 : startX;
  if (startY < endY) return (y > startY || x >= startX) && (y < endY || x <= endX);
  if (startY > endY) return (y > endY || x >= endX) && (y < startY || x <= last);
  return endX < startX ? x >= endX && x <= last : x >= startX && x <= endX;
}
