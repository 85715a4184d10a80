import type { KeyCode } from '#tmate-protocol';

/** What a mouse did, as a terminal reported it. */
export interface MouseEvent {
  readonly kind: 'mouse';
  /** A drag is a move with a button held. */
  readonly action: 'press' | 'release' | 'drag' | 'move' | 'wheel';
  /**
   * 1 left, 2 middle, 3 right; of a wheel 4 up, 5 down, 6 left, 7 right; 8 to 11 more buttons; 0 none, or not said, as in
   * a release that is not in SGR form.
   */
  readonly button: number;
  /** Cell of the terminal, from 0. */
  readonly x: number;
  readonly y: number;
  readonly shift: boolean;
  readonly meta: boolean;
  readonly ctrl: boolean;
  /** The report's own number: button, modifiers (4, 8, 16), motion (32), wheel (64). */
  readonly code: number;
  /** The report was in SGR form, so that a release says of which button. */
  readonly sgr: boolean;
}

/** What somebody at a terminal did. */
export type KeyEvent =
  | { readonly kind: 'key'; readonly key: KeyCode }
  | MouseEvent
  /** A piece of what was pasted, in order, at most `MAX_PASTE_PIECE` bytes of it; the last one may be empty. */
  | { readonly kind: 'paste'; readonly text: string; readonly last: boolean }
  | { readonly kind: 'focus'; readonly focused: boolean }
  /** The terminal's answer to a query, or something that is not a key: useful only for logs. */
  | { readonly kind: 'response'; readonly type: 'csi' | 'osc' | 'dcs' | 'apc' };
