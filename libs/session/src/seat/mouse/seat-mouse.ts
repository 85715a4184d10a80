import { MouseKeys, type MouseEvent } from '#screen';
import type { KeyCode } from '#tmate-protocol';
import type { SessionModel } from '../../model/session-model.js';
import type { Size } from '../../model/sizes.js';
import { mouseTarget, windowCell, type Cell, type MouseTarget } from './mouse-target.js';

/** What the mouse at a seat did, as tmux's key bindings see it. */
export interface MouseInput {
  /** `MouseDown1Pane` and so on. */
  readonly key: KeyCode;
  readonly event: MouseEvent;
  /** What the key is on; for the first key of a drag, where the button was pressed. */
  readonly target: MouseTarget;
  /** The window's cell that the mouse is on now. */
  readonly cell: Cell;
  /** The window's cell to which the key belongs. */
  readonly from: Cell;
}

/** Something that follows the mouse while a button is held. */
export interface MouseDrag {
  /** The mouse is on another cell of the window, or outside of it. */
  moved(cell: Cell): void;
}

/** A joiner's mouse: earlier reports decide what a report means, and what follows a drag. */
export class SeatMouse {
  readonly #keys = new MouseKeys();
  #drag: MouseDrag | undefined;

  constructor(private readonly seat: { readonly model: SessionModel; readonly size: Size }) {}

  /** Takes a mouse report; undefined if it is not a key: it has no target, or belongs to a drag. */
  read(event: MouseEvent): MouseInput | undefined {
    const { model, size } = this.seat;
    const at = this.#keys.placeOf(event);
    const target = mouseTarget(model, size, at);
    const key = this.#keys.key(event, target?.where);
    const cell = windowCell(model, size, event);
    if (event.action !== 'drag') this.#drag = undefined;
    if (this.#drag !== undefined) {
      this.#drag.moved(cell);
      return undefined;
    }
    if (key === undefined || target === undefined) return undefined;
    return { key, event, target, cell, from: windowCell(model, size, at) };
  }

  /** From now on `drag` follows the mouse, until the button is released. */
  follow(drag: MouseDrag): void {
    this.#drag = drag;
  }
}
