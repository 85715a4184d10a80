import type { Pause } from '../../pause.js';
import type { JoinerSink, LockChange } from '../../ports.js';
import { Cover } from '../cover.js';
import type { FrameSender } from '../frame-sender.js';
import type { SeatCommands } from '../seat-commands.js';
import type { SeatKeys } from '../seat-keys.js';
import { SeatLock, type SeatLockDeps } from './seat-lock.js';

export interface SeatCurtainDeps {
  readonly lock: Omit<SeatLockDeps, 'draw' | 'changed'>;
  readonly sink: Pick<JoinerSink, 'locked'>;
  /** The terminal, and what is open at the seat. */
  readonly seat: () => { readonly frames: FrameSender; readonly commands: SeatCommands; readonly keys: SeatKeys };
  /** Draws the seat's own lines again. */
  readonly redraw: () => void;
  readonly changed: (change: LockChange) => void;
}

/** What hides a session from one terminal: the session is locked so that nobody sees it, or this terminal is locked. */
export class SeatCurtain {
  readonly lock: SeatLock;
  readonly #hidden = new Cover();
  #pause: Pause = 'open';

  constructor(private readonly deps: SeatCurtainDeps) {
    const draw = (): void => {
      deps.seat().frames.show();
      deps.sink.locked?.(this.lock.state);
    };
    this.lock = new SeatLock({ ...deps.lock, draw, changed: (change) => this.#lockChanged(change) });
  }

  get pause(): Pause {
    return this.#pause;
  }

  /** Whether nothing of the session is shown. */
  get isDrawn(): boolean {
    return this.#pause === 'hidden' || this.lock.isLocked;
  }

  /** From now on this keeps everybody from typing, or from looking. */
  setPause(pause: Pause): void {
    if (pause === 'hidden') this.deps.seat().commands.dispose();
    this.#pause = pause;
    this.#cover();
  }

  #cover(): void {
    const hidden = this.#pause === 'hidden' ? this.#hidden : undefined;
    this.deps.seat().frames.setCover(this.lock.isLocked ? this.lock.cover : hidden);
  }

  #lockChanged(change: LockChange): void {
    const { frames, commands, keys } = this.deps.seat();
    if (change.kind === 'locked') {
      this.#cover();
      commands.dispose();
      keys.locked();
    }
    if (change.kind !== 'refused') this.deps.sink.locked?.(this.lock.state);
    if (change.kind === 'unlocked') {
      this.#cover();
      this.deps.redraw();
      // A terminal that emptied itself does not show what it was sent last.
      frames.repaint();
    }
    this.deps.changed(change);
  }
}
