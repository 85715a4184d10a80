import { StickyModifiers, type BarKey, type BarModifier } from '../input/key-bar-keys.js';
import { byId } from './elements.js';

/** A held arrow repeats as a keyboard's does: after a moment, then so often. Milliseconds. */
const REPEAT_AFTER_MS = 400;
const REPEAT_EVERY_MS = 60;

/** The keys that a phone's keyboard has not, below the terminal. */
export class KeyBar {
  readonly modifiers = new StickyModifiers();
  readonly #bar = byId('key-bar');
  #repeat: ReturnType<typeof setTimeout> | undefined;

  /** `press` types what a key sends, with DECCKM as `applicationCursor` says. */
  constructor(press: (typed: string) => void, applicationCursor: () => boolean) {
    const type = (key: BarKey): void => {
      press(this.modifiers.press(key, applicationCursor()));
      this.draw();
    };
    const stop = (): void => clearTimeout(this.#repeat);
    const again = (key: BarKey, ms: number): void => {
      this.#repeat = setTimeout(() => {
        type(key);
        again(key, REPEAT_EVERY_MS);
      }, ms);
    };
    // The focus stays in the terminal, or a phone would put its keyboard away.
    this.#bar.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      const key = keyOf(event);
      if (key === undefined) return;
      stop();
      if (event.button !== 0) return;
      type(key);
      if (['Up', 'Down', 'Left', 'Right'].includes(key)) again(key, REPEAT_AFTER_MS);
    });
    for (const ending of ['pointerup', 'pointercancel', 'pointerleave']) this.#bar.addEventListener(ending, stop);
    this.#bar.addEventListener('contextmenu', (event) => event.preventDefault());
    this.#bar.addEventListener('click', (event) => {
      const modifier = modifierOf(event);
      if (modifier !== undefined) {
        this.modifiers.tap(modifier);
        this.draw();
      }
      // A keyboard's Enter on a button is a click without a pointer.
      const key = keyOf(event);
      if (key !== undefined && event.detail === 0) type(key);
    });
  }

  /** Shows how the modifiers are held. */
  draw(): void {
    for (const button of this.#bar.querySelectorAll<HTMLElement>('[data-modifier]')) {
      const hold = this.modifiers.hold(button.dataset['modifier'] as BarModifier);
      button.dataset['hold'] = hold;
      button.setAttribute('aria-pressed', String(hold !== 'off'));
    }
  }

  set shown(shown: boolean) {
    this.#bar.hidden = !shown;
  }
}

function keyOf(event: Event): BarKey | undefined {
  return buttonOf(event)?.dataset['key'] as BarKey | undefined;
}

function modifierOf(event: Event): BarModifier | undefined {
  return buttonOf(event)?.dataset['modifier'] as BarModifier | undefined;
}

function buttonOf(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null;
}
