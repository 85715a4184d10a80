import type { Box } from '../terminal/fit-font.js';
import { KeyboardHeight } from './viewport-fit.js';

/** Room around the terminal in its stage, in CSS pixels on each side. */
const MARGIN_PX = 4;

/**
 * Keeps the page as large as what is seen of it, with a phone's keyboard open too, and says how much room that leaves to the
 * terminal.
 */
export class Viewport {
  readonly #stage: HTMLElement;
  readonly #keyboard = new KeyboardHeight();
  readonly #touch = matchMedia('(pointer: coarse)');
  #keyboardPx = 0;

  constructor(stage: HTMLElement, refit: () => void) {
    this.#stage = stage;
    new ResizeObserver(refit).observe(stage);
    visualViewport?.addEventListener('resize', () => this.#place());
    visualViewport?.addEventListener('scroll', () => this.#place());
    stage.addEventListener('refit', refit);
    this.#place();
  }

  /** The room for the terminal, as if no keyboard were open. */
  get box(): Box {
    const { clientWidth, clientHeight } = this.#stage;
    return { width: clientWidth - 2 * MARGIN_PX, height: clientHeight + this.#keyboardPx - 2 * MARGIN_PX };
  }

  #place(): void {
    const view = visualViewport;
    // Zoomed in by the browser itself: the page stays as it is, and the person looks around in it.
    if (view === null || Math.abs(view.scale - 1) > 0.01) return;
    this.#keyboardPx = this.#touch.matches ? this.#keyboard.seen(view.width, view.height) : 0;
    const { style } = document.documentElement;
    style.setProperty('--app-height', `${view.height}px`);
    style.setProperty('--app-top', `${view.offsetTop}px`);
  }
}
