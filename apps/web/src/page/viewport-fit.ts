/** A phone's keyboard is at least this high, in CSS pixels; what is less is a bar of the browser's that comes and goes. */
const LEAST_KEYBOARD_PX = 120;

/**
 * Tells how much of the page a phone's keyboard covers, so that the terminal's font stays as it is while somebody types:
 * the part with the cursor is shown instead. Told by the height itself: not every browser tells of its keyboard.
 */
export class KeyboardHeight {
  #width = 0;
  #tallest = 0;

  /** The page is `width` × `height` now, in CSS pixels; how much of it is gone since it was tallest at this width, if a keyboard's worth. */
  seen(width: number, height: number): number {
    if (width !== this.#width) {
      this.#width = width;
      this.#tallest = 0;
    }
    this.#tallest = Math.max(this.#tallest, height);
    const gone = this.#tallest - height;
    return gone >= LEAST_KEYBOARD_PX ? gone : 0;
  }
}
