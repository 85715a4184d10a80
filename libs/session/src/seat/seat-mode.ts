import type { KeyCode } from '#tmate-protocol';
import type { Overlay } from './frame-sender.js';

/** Something at a joiner's own seat that takes its keys until it is done: a prompt, a list, a clock. */
export interface SeatMode extends Overlay {
  /** Takes a key; returns whether the mode is done. 'pass': it is, and did not use the key. */
  key(key: KeyCode): boolean | 'pass';
  /** Takes pasted text, if it wants any. */
  paste?(text: string): void;
  /** Cancels timers; called once, however the mode ends. */
  dispose?(): void;
}
