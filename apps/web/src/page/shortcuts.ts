/** A keyboard's event, as far as shortcuts care. */
export interface KeyPress {
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** What the page does by keys itself. */
export type Shortcut = 'find' | 'copy' | 'bar';

/**
 * Control, Shift and a letter: terminals send nothing special for these, so no program can miss them. By the key's position,
 * because the letter may be from another alphabet.
 */
const SHORTCUTS: Readonly<Record<string, Shortcut>> = { KeyF: 'find', KeyC: 'copy', KeyL: 'bar' };

/** The page's shortcut that this is; undefined for a key of the session's. */
export function shortcutOf({ code, ctrlKey, shiftKey, altKey, metaKey }: KeyPress): Shortcut | undefined {
  return ctrlKey && shiftKey && !altKey && !metaKey ? SHORTCUTS[code] : undefined;
}
