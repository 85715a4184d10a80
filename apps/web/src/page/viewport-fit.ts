/** A phone's keyboard is at least this high, in CSS pixels; what is less is a bar of the browser's that comes and goes. */
const LEAST_KEYBOARD_PX = 120;

/**
 * Finds out how much of the page a phone's keyboard covers, so that the terminal's font does not change while somebody types:
 * the part with the cursor is shown instead. It uses the height itself: not every browser reports its keyboard.
 */
export class KeyboardHeight {
  #width = 0;
  #tallest = 0;

  /**
   * The page is `width` × `height` now, in CSS pixels; returns how much less than its greatest height at this width, if that
   * could be a keyboard.
   */
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
