import type { KeyCode } from '#tmate-protocol';
import type { Overlay } from './frame-sender.js';

/** Something at a joiner's own seat that takes its keys until it is done: a prompt, a list, a clock. */
export interface SeatMode extends Overlay {
  /** Takes a key; answers whether the mode is done. With 'pass' it is, and the key is not the mode's. */
  key(key: KeyCode): boolean | 'pass';
  /** Takes pasted text, where it wants any. */
  paste?(text: string): void;
  /** Lets go of timers; called once, however the mode ends. */
  dispose?(): void;
}
